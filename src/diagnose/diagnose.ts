import type { Context } from "../config/context.js";
import { redisFromLitellm } from "../config/litellm-source.js";
import type { RedisSettings } from "../config/settings.js";
import { type LitellmConfig, readLitellmConfig } from "../litellm/config-yaml/index.js";
import { litellmSource } from "../litellm/config-yaml/source.js";
import { EMPTY_KEY_DIRECTORY, limitOf } from "../litellm/key-directory.js";
import type { NamespaceInForce } from "../litellm/ownership.js";
import type { RedisConnection } from "../redis/connect.js";
import { RunCache } from "../runs/cache.js";
import type { Canary } from "./canary.js";
import type { Counter, CounterContext } from "./counter.js";
import { known, type Lookup, lookup, type Missing, notConfigured, valueOr } from "./lookup.js";
import { namespaceOf } from "./namespace.js";
import type { DoctorOptions } from "./options.js";
import { type PlannedRepair, plan } from "./plan.js";
import { askBacklog, type ProxyFacts } from "./proxy-facts.js";
import { readCounters } from "./read-counters.js";
import { type RedisFacts, readRedisFacts } from "./redis-facts.js";
import { afterCanary, compareConfigured, compareRedis, isProven, type RedisIdentity } from "./redis-identity.js";
import { type Release, releaseOf } from "./release.js";
import type { InterruptedRefresh, RepairHistory } from "./repair-history.js";
import type { SampleSummary } from "./sampling/summary.js";
import { findStaleWorkerCaches, type StaleWorkerCaches } from "./stale-worker-caches.js";
import { knownWindowMs, longestCallMs, withShownWindow } from "./window.js";

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
  /** Keys that workers refuse from memory. */
  readonly staleCaches: Lookup<StaleWorkerCaches>;
  /** Refreshes that raised a limit and never said that it was set back. */
  readonly interrupted: readonly InterruptedRefresh[];
  /** What --fix would do, or has been asked to do. */
  readonly plan: readonly PlannedRepair[];
}

export interface DiagnosisInput {
  readonly context: Context;
  readonly options: DoctorOptions;
  readonly proxyFacts: ProxyFacts;
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

/** The input, with the one cache that all of a diagnosis reads recorded runs through. */
export interface DiagnosisSources extends DiagnosisInput {
  readonly runCache: RunCache;
}

export async function diagnose(input: DiagnosisInput): Promise<Diagnosis> {
  const sources: DiagnosisSources = { ...input, runCache: input.runCache ?? new RunCache(input.context) };
  const { context, options, proxyFacts: told, redis, history } = sources;
  const { settings } = context;
  const keyDirectory = valueOr(told.keyDirectory, null);
  const connection = redis.known ? redis.value : undefined;
  const facts: Lookup<RedisFacts> = connection ? await lookup(readRedisFacts(connection)) : (redis as Missing);
  const namespace = namespaceOf(settings, told);
  const redisIdentity = await settle(sources, facts, namespace);
  const config = await readConfig(context);
  const seen: CounterContext = {
    expected: told.proxy.known ? told.proxy.value.shape : null,
    idle: options.idle ? "operator" : options.workers === 1 && valueOr(told.backlog, null) === 0 ? "worker" : null,
    olderThanMs: options.olderThanMs,
    windowMs: knownWindowMs(options, config),
    longestCallMs: longestCallMs(options),
    provenOnly: Boolean(options.fromRun),
  };
  const read: Lookup<readonly Counter[]> = connection
    ? await lookup(readCounters(connection, sources, { namespace, counterContext: seen }))
    : (redis as Missing);
  const counters = read.known ? known(read.value.filter(({ notOurs }) => notOurs === null)) : read;
  const shown = counters.known ? withShownWindow(seen, counters.value) : seen;
  const counterContext = shown.idle === "worker" ? { ...shown, idle: await stillIdle(context) } : shown;
  const wrong = redisIdentity.known && redisIdentity.value.kind === "other";
  const apart = wrong || (redisIdentity.known && redisIdentity.value.kind === "none");
  const copies: Lookup<StaleWorkerCaches> =
    connection && counters.known && !apart
      ? await lookup(
          findStaleWorkerCaches(connection, sources, {
            counters: counters.value,
            namespace,
            windowMs: counterContext.windowMs,
          }),
        )
      : notConfigured("Redis does not tell what the limiter holds");
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
    staleCaches: copies,
    interrupted: await history.interruptedRefreshes(keyDirectory && ((key) => limitOf(keyDirectory, key))),
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: counters.known && !wrong ? plan(counters.value, counterContext) : [],
  };
}

/** A call that came between the worker's word and our reading is in the reading: only a second word, after it, is about what was read. */
async function stillIdle(context: Context): Promise<CounterContext["idle"]> {
  return valueOr(await askBacklog(context), null) === 0 ? "worker" : null;
}

async function settle(
  { proxyFacts: told, context, redis, canary }: DiagnosisInput,
  facts: Lookup<RedisFacts>,
  { name: namespace }: NamespaceInForce,
): Promise<Lookup<RedisIdentity>> {
  if (!facts.known) return facts;
  const here = context.settings.redis as RedisSettings;
  const fromProxy: Lookup<RedisIdentity> = told.cache.known
    ? known(compareRedis(facts.value, here, told.cache.value, told.coordination))
    : told.cache;
  const redisIdentity = fromProxy.known ? fromProxy : ((await fromConfig(context, here)) ?? fromProxy);
  if (!canary || !redis.known || isProven(redisIdentity)) return redisIdentity;
  const keyDirectory = valueOr(told.keyDirectory, EMPTY_KEY_DIRECTORY);
  const result = await lookup(canary({ redis: redis.value, keyDirectory, namespaces: [namespace] }));
  return result.known ? afterCanary(redisIdentity, result.value) : result;
}

/** The limiter's Redis as LiteLLM's configuration names it, when it was named. */
async function fromConfig({ settings }: Context, here: RedisSettings): Promise<Lookup<RedisIdentity> | undefined> {
  const named = settings.litellmConfig;
  if (!named) return undefined;
  const source = await litellmSource(named.path, named.env);
  if (Object.keys(source.words).length === 0) return undefined;
  const configured = redisFromLitellm(source, {}, named.env);
  return configured && known(compareConfigured(here, configured, source.where));
}

async function readConfig({ settings }: Context): Promise<Lookup<LitellmConfig>> {
  const named = settings.litellmConfig;
  return named === undefined
    ? notConfigured("no config.yaml was named", "name LiteLLM's: --litellm-config config.yaml")
    : lookup(readLitellmConfig(named.path, named.env));
}
