import { interruptedError } from "../errors.js";
import { readKey } from "../litellm/counters/read.js";
import { type LimiterKey, readLimiterKeys } from "../litellm/counters/scan.js";
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
import type { Counter, CounterContext } from "./counter.js";
import { deploymentOf } from "./deployment.js";
import type { DiagnosisInput, DiagnosisSources } from "./diagnose.js";
import { isSamplingConclusive, needsSampling } from "./evidence/collect.js";
import { valueOr } from "./lookup.js";
import { readRunEvidence } from "./run-evidence.js";
import type { RunEvidence } from "./run-proofs.js";
import { checkSelected } from "./run-selector.js";
import { sampleCounters } from "./sampling/sample-counters.js";
import type { SampleSummary } from "./sampling/summary.js";
import { neededMs, withShownWindow } from "./window.js";

/** No sorted set of a limiter holds more. */
const EVERY_SLOT = 1_000_000_000;

export interface ReadScope {
  readonly namespace: NamespaceInForce;
  readonly counterContext: CounterContext;
}

/**
 * Reads every counter that was asked for, watches those that a watch can prove something of, and says all that is known of each. Counters of
 * other deployments are among them, read and never watched.
 */
export async function readCounters(
  redis: RedisConnection,
  sources: DiagnosisSources,
  around: ReadScope,
): Promise<Counter[]> {
  const { options, proxyFacts: told, context } = sources;
  const keyDirectory: KeyDirectory = valueOr(told.keyDirectory, EMPTY_KEY_DIRECTORY);
  const selection = select(options.reference, options.secret, keyDirectory);
  const deployment = deploymentOf({ options, told }, around.namespace, selection);
  if (options.fromRun) checkSelected(options.fromRun, selection);
  try {
    const runs = await readRunEvidence(redis, sources);
    const describe = (key: LimiterKey, watched: SampleSummary | null) =>
      patientFrom(key, watched, { ...sources, ...around, keyDirectory, runs, deployment });
    const byName = new Map<string, Counter>();
    const scope = { slots: EVERY_SLOT, ...(selection.globs ? { globs: selection.globs } : {}) };
    for await (const key of readLimiterKeys(redis, scope)) {
      const { name } = key.name;
      if (context.signal.aborted) throw interruptedError("Redis was only read; nothing was changed");
      if (selection.includes(key.name)) byName.set(name, describe(key, sources.samples?.get(name) ?? null));
    }
    const found = [...byName.values()];
    const counterContext = withShownWindow(around.counterContext, found);
    const doubtful = found.filter((counter) => counter.samples === null && needsSampling(counter, counterContext));
    if (sources.samples !== undefined || doubtful.length === 0) return found;
    const watched = await watch(redis, doubtful, sources, counterContext);
    // What was read before the watch is old now, and an act compares with what was read.
    const fresh: Counter[] = [];
    for (const counter of found) {
      const { name } = counter;
      if (counter.notOurs !== null) {
        fresh.push(counter);
        continue;
      }
      const reading = await readKey(redis.client, name.name, EVERY_SLOT);
      if (reading.type !== "none") fresh.push(describe({ name, reading }, watched.get(name.name) ?? null));
    }
    return fresh;
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  }
}

async function watch(
  redis: RedisConnection,
  counters: readonly Counter[],
  { context, options }: DiagnosisInput,
  counterContext: CounterContext,
) {
  const { terminal, clock, signal } = context;
  const what = `${plural(counters.length, "counter")} at the limit, or of unknown limit`;
  const { observeMs: asked, longestCallMs: told } = options;
  const observeMs = told === null ? asked : Math.max(asked, neededMs(counterContext));
  terminal.note(`watching ${what} for ${formatDuration(observeMs)}, to tell a lock from calls in flight`);
  const targets = counters.map((counter) => ({
    name: counter.name,
    tokenLimited: counter.tokenLimited,
    conclusive: isSamplingConclusive(counter, counterContext),
  }));
  const progress = (elapsedMs: number, still: number) =>
    terminal.progress.show(
      `watching ${still} of ${what}: ${formatDuration(elapsedMs)} of ${formatDuration(observeMs)}`,
    );
  const seen = await sampleCounters(redis, targets, { observeMs, clock, signal, progress });
  terminal.progress.clear();
  return seen;
}

function patientFrom(
  { name, reading }: LimiterKey,
  watched: SampleSummary | null,
  {
    context,
    proxyFacts: told,
    options,
    keyDirectory,
    runs,
    namespace,
    counterContext,
    deployment,
  }: DiagnosisInput & ReadScope & { keyDirectory: KeyDirectory; runs: RunEvidence; deployment: Deployment },
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
  if (!isHash(owner)) context.terminal.secrets.learn(owner);
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
