import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { createCanary } from "../diagnose/canary.js";
import { runChecks } from "../diagnose/checks/run-checks.js";
import { type Diagnosis, diagnose } from "../diagnose/diagnose.js";
import { type Lookup, lookup, notConfigured } from "../diagnose/lookup.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import { askProxy } from "../diagnose/proxy-facts.js";
import { explainNothingToRepair } from "../diagnose/run-selector.js";
import { type CheckSelection, limitPlan, parseSelection } from "../diagnose/selection.js";
import { workerCacheNote } from "../diagnose/worker-cache-notes.js";
import { EXIT, type ExitCode, usageError } from "../errors.js";
import type { CommandResult, DocumentResult } from "../output/command-result.js";
import type { CheckResult, DoctorDocument, Repair } from "../output/documents/doctor.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import { repairHistory } from "../repair/history.js";
import { type DoctorLock, takeLock } from "../repair/lock.js";
import { consent, deferredRow, plannedRow, type RepairResult, repairAndReport } from "../repair/repair.js";
import { createThrottle } from "../repair/throttle.js";
import { RunCache } from "../runs/cache.js";
import { plain } from "../terminal/colour.js";
import { plural } from "../terminal/plural.js";
import { refuseWithoutWatch } from "../watch/options.js";
import { doctorIssue, privateTexts } from "./issue.js";
import { listChecks } from "./list-checks.js";
import { askLongCalls, supposedLocks } from "./long-calls.js";
import { readOptions } from "./options.js";
import { showRepairPlan } from "./plan-view.js";
import { shortLines, suggestFix, suggestUndo, type TypedFlags } from "./suggestions.js";
import { summary, view } from "./view.js";

export { undo } from "./undo-command.js";

/** `llmctl doctor [--fix]`: looks at a proxy and its Redis, and with --fix takes away what is proved to be left behind. */
export async function doctor(context: Context, flags: TypedFlags): Promise<CommandResult> {
  const { settings, terminal } = context;
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
    throw usageError(
      "nothing-named",
      "neither a proxy nor a Redis was named",
      "give --base-url http://host:4000 and --redis-url redis://host:6379",
    );
  }
  const redis = await connect(context);
  if (options.fix && !redis.known) throw redis.error;
  const acts = options.fix && !settings.dryRun && (settings.yes || terminal.interactive);
  let lock: DoctorLock | undefined;
  try {
    if (acts && redis.known) lock = await takeLock(redis.value);
    const proxyFacts = await askProxy(context, options.fix && !settings.dryRun);
    const history = repairHistory(context);
    const runCache = new RunCache(context);
    const sources = { context, options, proxyFacts, redis, history, runCache, canary: createCanary(context, options) };
    let before = await diagnose(sources);
    const supposed = acts && terminal.interactive && !settings.yes && !options.fromRun ? supposedLocks(before) : null;
    const open = supposed && { ...supposed, repairs: supposed.repairs.filter((repair) => choice.includes(repair)) };
    if (open && open.repairs.length > 0 && redis.known) before = await askLongCalls(context, redis.value, before, open);
    const chosen = before.plan.filter((repair) => choice.includes(repair));
    const { now: planned, later } = limitPlan(chosen, options.maxRepairs);
    if (options.fromRun && chosen.length === 0 && before.counters.known) {
      terminal.note(explainNothingToRepair(options.fromRun, before.counters.value, before.others));
    }
    if (before.others.length > 0 && !choice.checks.has("namespace")) {
      terminal.note(`${plural(before.others.length, "counter")} not yours and left alone; see: --only namespace`);
    }
    const show = () => showRepairPlan(terminal, planned, reachOf(planned, before, context), later.length);
    if (!options.fix || settings.dryRun || planned.length === 0 || !redis.known) {
      if (settings.dryRun && planned.length > 0) show();
      return await report(context, before, choice, { planned, later, flags });
    }
    show();
    await consent(context, planned.length);
    const pace = createThrottle(options.pace, context.clock);
    const treatment = await repairAndReport(context, redis.value, lock as DoctorLock, planned, pace);
    const repaired = new Set(treatment.repairs.flatMap(({ key, status }) => (status === "done" ? [key] : [])));
    const counters = before.counters.known ? before.counters.value : [];
    const watched = new Map(
      counters.flatMap(({ name, samples: watched }) =>
        watched && !repaired.has(name.name) ? [[name.name, watched] as const] : [],
      ),
    );
    const after = await diagnose({ ...sources, samples: watched });
    const reach = reachOf(
      planned.filter(({ act }) => repaired.has(act.key)),
      before,
      context,
    );
    return await report(context, after, choice, { planned: [], later, flags, treatment, reach });
  } finally {
    await lock?.release();
    if (redis.known) await redis.value.close();
  }
}

async function connect({ settings }: Context): Promise<Lookup<RedisConnection>> {
  if (settings.redis === undefined) {
    return notConfigured("no Redis was named", "give --redis-url redis://host:6379, or set REDIS_URL or REDIS_HOST");
  }
  return lookup(connectRedis(settings.redis, { timeoutMs: settings.timeoutMs }));
}

function reachOf(planned: readonly PlannedRepair[], { counterContext }: Diagnosis, { clock }: Context) {
  const when = { wallMs: clock.wall(), windowMs: counterContext.windowMs };
  return planned.map((repair) => workerCacheNote(repair, when)).filter((one) => one !== undefined);
}

interface Results {
  readonly planned: readonly PlannedRepair[];
  /** Beyond --max-repairs. */
  readonly later: readonly PlannedRepair[];
  readonly flags: TypedFlags;
  readonly treatment?: RepairResult;
  readonly reach?: DoctorDocument["outOfReach"];
}

async function report(
  context: Context,
  examination: Diagnosis,
  choice: CheckSelection,
  results: Results,
): Promise<DocumentResult> {
  const { clock, settings } = context;
  const { planned, later, flags, treatment, reach } = results;
  const checks = await runChecks(examination, choice.checks);
  const left = examination.plan.filter((repair) => choice.includes(repair));
  const ids = new Set(left.map(({ id }) => id));
  const stillLeft = later.filter(({ id }) => ids.has(id));
  const next = treatment
    ? [
        suggestUndo(treatment.backupId, flags),
        ...(left.length > 0 ? suggestFix(examination, left, flags) : shortLines(examination, flags)),
      ]
    : suggestFix(examination, planned, flags);
  const document: DoctorDocument = {
    schema: "llmctl.doctor/1",
    at: new Date(clock.wall()).toISOString(),
    checks,
    repairs: [...(treatment ? treatment.repairs : planned.map(plannedRow)), ...stillLeft.map(deferredRow)],
    backup: treatment?.backup ?? null,
    outOfReach: [...(reach ?? reachOf(planned, examination, context))],
    next,
  };
  const exit = treatment ? exitAfter(treatment, checks, left) : exitBefore(checks, planned, settings.dryRun);
  const brief = treatment?.backupId ?? plain(summary(document));
  const pages = { markdown: () => doctorIssue(document, privateTexts(settings, examination)) };
  return { kind: "document", document, page: view(document), exit, brief, pages };
}

const fails = (checks: readonly CheckResult[]): boolean => checks.some(({ status }) => status === "fail");

const exitBefore = (checks: readonly CheckResult[], planned: readonly PlannedRepair[], dryRun: boolean): ExitCode =>
  fails(checks) || (dryRun && planned.length > 0) ? EXIT.finding : EXIT.done;

function exitAfter(
  { repairs, unverified }: RepairResult,
  checks: readonly CheckResult[],
  left: readonly PlannedRepair[],
): ExitCode {
  const is = (status: Repair["status"]) => repairs.some((repair) => repair.status === status);
  if (unverified.length > 0 || is("failed")) return EXIT.unverified;
  return is("refused") || fails(checks) || left.length > 0 ? EXIT.finding : EXIT.done;
}
