import type { Clock } from "../config/clock.js";
import { interruptedError } from "../errors.js";
import { type LimiterKey, readLimiterKeys, readNamedKeys } from "../litellm/counters/scan.js";
import { select } from "../litellm/counters/select.js";
import { aliasOf, EMPTY_KEY_DIRECTORY, type KeyDirectory } from "../litellm/key-directory.js";
import { orphanReason } from "../litellm/namespace-rules.js";
import { isHash } from "../litellm/owner.js";
import { type Deployment, type NamespaceInForce, ownershipOf } from "../litellm/ownership.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { formatDuration } from "../terminal/duration.js";
import { plural } from "../terminal/plural.js";
import type { Reporter } from "../terminal/reporter.js";
import type { Counter, CounterContext } from "./counter.js";
import { isSamplingConclusive, needsSampling } from "./evidence/collect.js";
import type { RunEvidence } from "./evidence/run-proofs.js";
import { checkSelected } from "./evidence/run-selector.js";
import { deploymentOf } from "./facts/deployment.js";
import type { ProxyFacts } from "./facts/proxy-facts.js";
import { neededMs, withShownWindow } from "./facts/window.js";
import { valueOr } from "./lookup.js";
import type { DoctorOptions } from "./options.js";
import { sampleCounters } from "./sampling/sample-counters.js";
import type { SampleSummary } from "./sampling/summary.js";

/** No sorted set of a limiter holds more. */
const EVERY_SLOT = 1_000_000_000;

export interface ReadScope {
  readonly options: DoctorOptions;
  readonly told: ProxyFacts;
  readonly namespace: NamespaceInForce;
  readonly counterContext: CounterContext;
  /** What was observed before: then nothing is observed anew. */
  readonly samples: Pick<ReadonlyMap<string, SampleSummary>, "get"> | undefined;
  /** What recorded runs prove; asked for once it is known that the words do not contradict each other. */
  readonly runEvidence: () => Promise<RunEvidence>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: Reporter;
}

/**
 * Reads every counter that was asked for, watches those that a watch can prove something of, and says all that is known
 * of each. Counters of
 * other deployments are among them, read and never watched.
 */
export async function readCounters(redis: RedisConnection, scope: ReadScope): Promise<Counter[]> {
  const { options, told, samples, signal } = scope;
  const keyDirectory: KeyDirectory = valueOr(told.keyDirectory, EMPTY_KEY_DIRECTORY);
  const selection = select(options.reference, options.secret, keyDirectory);
  const deployment = deploymentOf({ options, told }, scope.namespace, selection);
  if (options.fromRun) checkSelected(options.fromRun, selection);
  try {
    const known = { keyDirectory, runs: await scope.runEvidence(), deployment };
    const byName = new Map<string, Counter>();
    const wanted = { slots: EVERY_SLOT, ...(selection.globs ? { globs: selection.globs } : {}) };
    for await (const key of readLimiterKeys(redis, wanted)) {
      const { name } = key.name;
      if (signal.aborted) throw interruptedError("Redis was only read; nothing was changed");
      if (selection.includes(key.name)) byName.set(name, counterFrom(key, samples?.get(name) ?? null, scope, known));
    }
    const found = [...byName.values()];
    // A window that another deployment's counter shows is not ours.
    const own = found.filter(({ notOurs }) => notOurs === null);
    const counterContext = withShownWindow(scope.counterContext, own);
    const doubtful = found.filter((counter) => counter.samples === null && needsSampling(counter, counterContext));
    if (samples !== undefined || doubtful.length === 0) return found;
    const watched = await observe(redis, doubtful, scope, counterContext);
    // What was read before the watch is old now, and an act compares with what was read.
    const again = await readNamedKeys(
      redis,
      own.map(({ name }) => name),
      EVERY_SLOT,
    );
    const fresh = again.map((key) => counterFrom(key, watched.get(key.name.name) ?? null, scope, known));
    const freshByName = new Map(fresh.map((counter) => [counter.name.name, counter]));
    return found.flatMap((old) => (old.notOurs === null ? (freshByName.get(old.name.name) ?? []) : [old]));
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  }
}

async function observe(
  redis: RedisConnection,
  counters: readonly Counter[],
  { options, clock, signal, report }: ReadScope,
  counterContext: CounterContext,
) {
  const what = `${plural(counters.length, "counter")} at the limit, or of unknown limit`;
  const { observeMs: asked, longestCallMs: told } = options;
  const observeMs = told === null ? asked : Math.max(asked, neededMs(counterContext));
  report.note(`watching ${what} for ${formatDuration(observeMs)}, to tell a lock from calls in flight`);
  const targets = counters.map((counter) => ({
    name: counter.name,
    tokenLimited: counter.tokenLimited,
    conclusive: isSamplingConclusive(counter, counterContext),
  }));
  const progress = (elapsedMs: number, still: number) =>
    report.progress(`watching ${still} of ${what}: ${formatDuration(elapsedMs)} of ${formatDuration(observeMs)}`);
  const seen = await sampleCounters(redis, targets, { observeMs, clock, signal, progress });
  report.progress(null);
  return seen;
}

interface Known {
  readonly keyDirectory: KeyDirectory;
  readonly runs: RunEvidence;
  readonly deployment: Deployment;
}

function counterFrom(
  { name, reading }: LimiterKey,
  watched: SampleSummary | null,
  { told, options, namespace, counterContext, report }: ReadScope,
  { keyDirectory, runs, deployment }: Known,
): Counter {
  const shape = shapeOf(name, reading) ?? null;
  const row = keyDirectory.get(name.owner.id);
  const fromProxy = row?.max_parallel_requests ?? null;
  const fromRun = runs.limits.get(name.owner.id) ?? null;
  // A key that the proxy knows and gives no limit has none, whatever a run once saw.
  const limit = fromProxy ?? options.limit ?? (row ? null : fromRun);
  const ownership = ownershipOf(name, deployment);
  // Another deployment may run another release, and then another shape is right.
  const expected = ownership.notOurs !== null || ownership.onlyNamed ? null : counterContext.expected;
  const judged = shape?.judge(name, reading, { limit, expected });
  const version = told.proxy.known ? told.proxy.value.version : null;
  // A custom-auth key without sk- stands in Redis as it is: the name holds a secret.
  const [owner = ""] = name.owner.id.split("::");
  if (!isHash(owner)) report.learnSecret(owner);
  return {
    name,
    reading,
    shape: shape?.kind ?? null,
    alias: aliasOf(keyDirectory, name.owner.id),
    limit,
    limitFrom: fromProxy !== null ? "proxy" : options.limit !== null ? "flag" : limit !== null ? "run" : null,
    tokenLimited: row ? row.tpm_limit !== null && row.tpm_limit !== undefined : null,
    held: shape?.kind === "windowed" ? numberIn(reading) : (shape?.held(reading) ?? null),
    state: judged?.state ?? "wrong-type",
    why: judged?.why ?? `a ${reading.type}, which no release of LiteLLM writes here`,
    orphan: orphanReason(name, { version, namespace: namespace.name }),
    ...ownership,
    proven: runs.byKey.get(name.name) ?? null,
    samples: watched,
  };
}
