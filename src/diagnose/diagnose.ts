import type { Clock } from "../config/clock.js";
import { redisFromLitellm } from "../config/litellm-source.js";
import type { RedisSettings, TargetSettings } from "../config/settings.js";
import { type LitellmConfig, readConfigOnce } from "../litellm/config-yaml/index.js";
import { sourceOf } from "../litellm/config-yaml/source.js";
import { EMPTY_KEY_DIRECTORY, limitOf } from "../litellm/key-directory.js";
import type { NamespaceInForce } from "../litellm/ownership.js";
import type { RedisConnection } from "../redis/connect.js";
import { RunCache } from "../runs/cache.js";
import type { Reporter } from "../terminal/reporter.js";
import type { Counter, CounterContext } from "./counter.js";
import type { EvidenceResult } from "./evidence/collect.js";
import { readRunEvidence } from "./evidence/run-evidence.js";
import type { Canary } from "./facts/canary.js";
import { namespaceOf } from "./facts/namespace.js";
import { askBacklog, type ProxyFacts } from "./facts/proxy-facts.js";
import { type RedisFacts, readRedisFacts } from "./facts/redis-facts.js";
import { afterCanary, compareConfigured, compareRedis, isProven, type RedisIdentity } from "./facts/redis-identity.js";
import { type Release, releaseOf } from "./facts/release.js";
import { tryKey } from "./facts/try-key.js";
import { knownWindowMs, longestCallMs, withShownWindow } from "./facts/window.js";
import { known, type Lookup, lookup, type Missing, notConfigured, valueOr } from "./lookup.js";
import type { DoctorOptions } from "./options.js";
import { assess, type PlannedRepair } from "./plan.js";
import { readCounters } from "./read-counters.js";
import type { InterruptedRefresh, RepairHistory } from "./repair-history.js";
import type { SampleSummary } from "./sampling/summary.js";
import { findStaleWorkerCaches, type StaleWorkerCaches } from "./worker-caches/stale-worker-caches.js";

/** All that the checks look at, gathered once. Nothing was written to get it. */
export interface Diagnosis extends ProxyFacts {
  readonly options: DoctorOptions;
  readonly release: Lookup<Release>;
  /** LiteLLM's own configuration, when it was named. */
  readonly config: Lookup<LitellmConfig>;
  readonly redis: Lookup<RedisFacts>;
  readonly redisIdentity: Lookup<RedisIdentity>;
  readonly namespace: NamespaceInForce;
  readonly counterContext: CounterContext;
  /** The counters of the deployment that is examined. */
  readonly counters: Lookup<readonly Counter[]>;
  /** Counters in the same Redis that are not its own: counted and left alone. */
  readonly others: readonly Counter[];
  /** What was found out about each of `counters`. */
  readonly evidence: ReadonlyMap<Counter, EvidenceResult>;
  /** Keys that workers refuse from memory. */
  readonly staleCaches: Lookup<StaleWorkerCaches>;
  /** Refreshes that raised a limit and never said that it was set back. */
  readonly interrupted: readonly InterruptedRefresh[];
  /** What --fix would do, or has been asked to do. */
  readonly plan: readonly PlannedRepair[];
}

/** What a diagnosis works with. It prints nothing, and asks nobody but the proxy and Redis. */
export interface DiagnosisInput {
  readonly settings: TargetSettings;
  readonly clock: Clock;
  /** Ends it: exit 130. */
  readonly signal: AbortSignal;
  readonly report: Reporter;
  readonly options: DoctorOptions;
  readonly proxyFacts: ProxyFacts;
  /** An open connection, or why there is none. */
  readonly redis: Lookup<RedisConnection>;
  /** One call that shows which Redis the limiter uses, where nothing else does. */
  readonly canary?: Canary | undefined;
  /** What an earlier examination of this run has watched, so that it is not watched twice. */
  readonly samples?: Pick<ReadonlyMap<string, SampleSummary>, "get">;
  /** What llmctl's own repairs did before. */
  readonly history: RepairHistory;
  /** The recorded runs, for several diagnoses; a cache of its own when left out. */
  readonly runCache?: RunCache;
}

/**
 * Examines a proxy and its Redis: reads the counters, observes those that look locked, and says what can be repaired
 * and by what evidence.
 * What could not be found out is a `Missing` in its place. Throws for words that contradict each other (exit 2) and for
 * Ctrl-C (130).
 */
export async function diagnose(input: DiagnosisInput): Promise<Diagnosis> {
  const { settings, clock, signal, report, options, proxyFacts: told, redis, history, samples } = input;
  const runCache = input.runCache ?? new RunCache(settings.stateDir, report);
  const keyDirectory = valueOr(told.keyDirectory, null);
  const connection = redis.known ? redis.value : undefined;
  const facts: Lookup<RedisFacts> = connection ? await lookup(readRedisFacts(connection)) : (redis as Missing);
  const namespace = namespaceOf(settings, told);
  const identified = await identifyRedis(facts, told, settings);
  const redisIdentity =
    connection && facts.known ? await tryCanary(identified, connection, told, namespace, input.canary) : identified;
  const config = await readConfig(settings);
  const seen: CounterContext = {
    expected: told.proxy.known ? told.proxy.value.shape : null,
    idle: options.idle ? "operator" : options.workers === 1 && valueOr(told.backlog, null) === 0 ? "worker" : null,
    olderThanMs: options.olderThanMs,
    windowMs: knownWindowMs(options, config),
    longestCallMs: longestCallMs(options),
    provenOnly: Boolean(options.fromRun),
  };
  const read: Lookup<readonly Counter[]> = connection
    ? await lookup(
        readCounters(connection, {
          ...{ options, told, namespace, counterContext: seen, samples, clock, signal, report },
          runEvidence: () => readRunEvidence(connection, options, runCache, history),
        }),
      )
    : (redis as Missing);
  const counters = read.known ? known(read.value.filter(({ notOurs }) => notOurs === null)) : read;
  const shown = counters.known ? withShownWindow(seen, counters.value) : seen;
  const counterContext = shown.idle === "worker" ? { ...shown, idle: await stillIdle(settings, signal) } : shown;
  const wrong = redisIdentity.known && redisIdentity.value.kind === "other";
  const apart = wrong || (redisIdentity.known && redisIdentity.value.kind === "none");
  const copies: Lookup<StaleWorkerCaches> =
    connection && counters.known && !apart
      ? await lookup(
          findStaleWorkerCaches(connection.address, {
            ...{ options, told, namespace, counters: counters.value, windowMs: counterContext.windowMs },
            ...{ wallMs: clock.wall(), dryRun: settings.dryRun, again: samples !== undefined, history, runCache },
            tryKey: (key) => tryKey(key, { redis: connection, settings, options, clock, signal, report }),
          }),
        )
      : notConfigured("Redis does not tell what the limiter holds");
  const { plan, evidence } = assess(valueOr(counters, []), counterContext);
  return {
    ...told,
    options,
    release: releaseOf(told, options.litellmVersion),
    config,
    redis: facts,
    redisIdentity,
    namespace,
    counterContext,
    counters,
    others: valueOr(read, []).filter(({ notOurs }) => notOurs !== null),
    evidence,
    staleCaches: copies,
    interrupted: await history.interruptedRefreshes(keyDirectory && ((key) => limitOf(keyDirectory, key))),
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: wrong ? [] : plan,
  };
}

/**
 * A call that came between the worker's word and our reading is in the reading: only a second word, after it, is about
 * what was read.
 */
async function stillIdle(settings: TargetSettings, signal: AbortSignal): Promise<CounterContext["idle"]> {
  return valueOr(await askBacklog({ settings, signal }), null) === 0 ? "worker" : null;
}

/** As the proxy tells it, else as LiteLLM's configuration has it. */
async function identifyRedis(
  facts: Lookup<RedisFacts>,
  { cache, coordination }: ProxyFacts,
  settings: TargetSettings,
): Promise<Lookup<RedisIdentity>> {
  if (!facts.known) return facts;
  const here = settings.redis as RedisSettings;
  if (cache.known) return known(compareRedis(facts.value, here, cache.value, coordination));
  return (await fromConfig(settings, here)) ?? cache;
}

async function tryCanary(
  before: Lookup<RedisIdentity>,
  redis: RedisConnection,
  told: ProxyFacts,
  { name: namespace }: NamespaceInForce,
  canary: Canary | undefined,
): Promise<Lookup<RedisIdentity>> {
  if (!canary || isProven(before)) return before;
  const keyDirectory = valueOr(told.keyDirectory, EMPTY_KEY_DIRECTORY);
  const result = await lookup(canary({ redis, keyDirectory, namespaces: [namespace] }));
  return result.known ? afterCanary(before, result.value) : result;
}

/** The limiter's Redis as LiteLLM's configuration names it, when it was named. */
async function fromConfig(
  { litellmConfig: named }: TargetSettings,
  here: RedisSettings,
): Promise<Lookup<RedisIdentity> | undefined> {
  if (!named) return undefined;
  const source = sourceOf(await readConfigOnce(named));
  if (Object.keys(source.words).length === 0) return undefined;
  const configured = redisFromLitellm(source, {}, named.env);
  return configured && known(compareConfigured(here, configured, source.where));
}

async function readConfig({ litellmConfig: named }: TargetSettings): Promise<Lookup<LitellmConfig>> {
  return named === undefined
    ? notConfigured("no config.yaml was named", "name LiteLLM's: --litellm-config config.yaml")
    : lookup(readConfigOnce(named));
}
