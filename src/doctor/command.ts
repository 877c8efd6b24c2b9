import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { diagnose } from "../diagnose/diagnose.js";
import { createCanary } from "../diagnose/facts/canary.js";
import { askProxy } from "../diagnose/facts/proxy-facts.js";
import { type Lookup, lookup, notConfigured } from "../diagnose/lookup.js";
import type { DoctorOptions } from "../diagnose/options.js";
import { propose } from "../diagnose/proposal.js";
import { type CheckSelection, parseSelection } from "../diagnose/selection.js";
import { interruptedError, usageError } from "../errors.js";
import type { CommandResult } from "../output/command-result.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import { repairHistory } from "../repair/history.js";
import { takeLock } from "../repair/lock.js";
import { describeInterruption, repair } from "../repair/repair.js";
import { terminalReporter } from "../terminal/reporter.js";
import { refuseWithoutWatch } from "../watch/options.js";
import { askWhatIsMissing, consent, noteLeftOut } from "./consent.js";
import { proposalResult, repairResult } from "./document.js";
import { listChecks } from "./list-checks.js";
import { readOptions } from "./options.js";
import type { TypedFlags } from "./suggestions.js";

export { undo } from "./undo-command.js";

/**
 * `llmctl doctor [--fix]`: looks at a proxy and its Redis, and with --fix takes away what is proved to be left behind.
 */
export async function doctor(context: Context, flags: TypedFlags): Promise<CommandResult> {
  const { settings } = context;
  if (flags.list) return listChecks(flags);
  if (flags.refreshMirrors) return (await import("./worker-caches/command.js")).refreshMirrors(context, flags);
  if (flags.throughProxy) return (await import("./through-proxy-command.js")).repairThroughProxy(context, flags);
  const options = await readOptions(context, flags);
  const choice = parseSelection(options.only, options.skip, { config: settings.litellmConfig !== undefined });
  if (flags.watch) {
    const { watchDoctor } = await import("../watch/watch.js");
    return watchDoctor(context, options, choice, flags);
  }
  refuseWithoutWatch(flags);
  if (options.fix) requireRedis(settings);
  if (settings.redis === undefined && settings.baseUrl === undefined && settings.litellmConfig === undefined) {
    throw usageError({
      code: "nothing-named",
      message: "neither a proxy nor a Redis was named",
      hint: "give --base-url http://host:4000 and --redis-url redis://host:6379",
    });
  }
  const redis = await connect(context);
  try {
    if (!options.fix) return await look(context, redis, options, choice, flags);
    if (!redis.known) throw redis.error;
    return await fix(context, redis.value, options, choice, flags);
  } finally {
    if (redis.known) await redis.value.close();
  }
}

async function look(
  context: Context,
  redis: Lookup<RedisConnection>,
  options: DoctorOptions,
  choice: CheckSelection,
  flags: TypedFlags,
): Promise<CommandResult> {
  const diagnosis = await diagnose({ ...inputOf(context, options), redis, proxyFacts: await askProxy(context) });
  const proposal = propose(diagnosis, choice, context.clock.wall());
  noteLeftOut(context, proposal, choice);
  if (context.settings.dryRun) await consent(context, proposal);
  return proposalResult(context, proposal, choice, flags);
}

async function fix(
  context: Context,
  redis: RedisConnection,
  options: DoctorOptions,
  choice: CheckSelection,
  flags: TypedFlags,
): Promise<CommandResult> {
  const { settings, terminal } = context;
  const acts = !settings.dryRun && (settings.yes || terminal.interactive);
  const result = await repair({
    ...inputOf(context, options),
    ...{ redis, selection: choice },
    lock: acts ? () => takeLock(redis) : undefined,
    askProxy: () => askProxy(context, !settings.dryRun),
    ask: acts && !settings.yes ? (before) => askWhatIsMissing(context, redis, before, choice) : undefined,
    consent(proposal) {
      noteLeftOut(context, proposal, choice);
      return consent(context, proposal);
    },
  });
  const { proposal, execution, trouble } = result;
  if (!execution) return proposalResult(context, proposal, choice, flags);
  if (execution.interrupted) throw interruptedError(describeInterruption(execution));
  if (trouble) throw trouble;
  return repairResult(context, { ...result, execution }, choice, flags);
}

const inputOf = (context: Context, options: DoctorOptions) => {
  const { settings, clock, signal, terminal } = context;
  const [report, canary] = [terminalReporter(terminal), createCanary(context, options)];
  return { settings, clock, signal, report, options, canary, history: repairHistory(context) };
};

async function connect({ settings }: Context): Promise<Lookup<RedisConnection>> {
  if (settings.redis === undefined) {
    return notConfigured("no Redis was named", "give --redis-url redis://host:6379, or set REDIS_URL or REDIS_HOST");
  }
  return lookup(connectRedis(settings.redis, { timeoutMs: settings.timeoutMs }));
}
