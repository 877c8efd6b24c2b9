import type { Context } from "../config/context.js";
import { redisFromLitellm } from "../config/litellm-source.js";
import type { RedisSettings } from "../config/settings.js";
import { type LitellmConfig, readLitellmConfig } from "../litellm/config-yaml/index.js";
import { litellmSource } from "../litellm/config-yaml/source.js";
import { EMPTY_ROSTER } from "../litellm/roster.js";
import type { RedisConnection } from "../redis/connect.js";
import type { Canary } from "./canary.js";
import { type Fact, known, learn, notAsked, type Unknown, valueOr } from "./fact.js";
import type { DoctorOptions } from "./options.js";
import type { Circumstances, Patient } from "./patient.js";
import { readPatients } from "./patients.js";
import type { ProxyFacts } from "./proxy-facts.js";
import { type RedisFacts, readRedisFacts } from "./redis-facts.js";
import { type Release, releaseOf } from "./release.js";
import { type PlannedRepair, plan } from "./repair/plan.js";
import { afterCanary, compareConfigured, compareRedis, isProved, type Sameness } from "./same-redis.js";
import type { Watched } from "./watch/watched.js";

/** All that the checks look at, gathered once. Nothing was written to get it. */
export interface Examination extends ProxyFacts {
  readonly options: DoctorOptions;
  readonly release: Fact<Release>;
  /** LiteLLM's own configuration, when it was named. */
  readonly config: Fact<LitellmConfig>;
  readonly redis: Fact<RedisFacts>;
  readonly sameness: Fact<Sameness>;
  readonly namespace: string | null;
  readonly circumstances: Circumstances;
  readonly patients: Fact<readonly Patient[]>;
  /** What --fix would do, or has been asked to do. */
  readonly plan: readonly PlannedRepair[];
}

export interface ExaminationSources {
  readonly context: Context;
  readonly options: DoctorOptions;
  readonly told: ProxyFacts;
  readonly redis: Fact<RedisConnection>;
  /** One call that shows which Redis the limiter uses, where nothing else does. */
  readonly canary?: Canary | undefined;
  /** What an earlier examination of this run has watched, so that it is not watched twice. */
  readonly watched?: ReadonlyMap<string, Watched>;
}

export async function examine(sources: ExaminationSources): Promise<Examination> {
  const { context, options, told, redis } = sources;
  const { settings } = context;
  const connection = redis.known ? redis.value : undefined;
  const facts: Fact<RedisFacts> = connection ? await learn(readRedisFacts(connection)) : (redis as Unknown);
  const cacheNamespace = told.cache.known ? told.cache.value?.namespace : undefined;
  const coordination = valueOr(told.coordination, null);
  const namespace = settings.redisNamespace ?? cacheNamespace ?? coordination?.namespace ?? null;
  const sameness = await settle(sources, facts, namespace);
  const circumstances: Circumstances = {
    expected: told.proxy.known ? told.proxy.value.shape : null,
    idle: options.idle ? "operator" : options.workers === 1 && valueOr(told.backlog, null) === 0 ? "worker" : null,
    olderThanMs: options.olderThanMs,
    windowMs: options.windowMs,
  };
  const patients: Fact<readonly Patient[]> = connection
    ? await learn(readPatients(connection, sources, { namespace, circumstances }))
    : (redis as Unknown);
  const wrong = sameness.known && sameness.value.kind === "other";
  return {
    ...told,
    options,
    release: releaseOf(told, options.litellmVersion),
    config: await readConfig(context),
    redis: facts,
    sameness,
    namespace,
    circumstances,
    patients,
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: patients.known && !wrong ? plan(patients.value, circumstances) : [],
  };
}

async function settle(
  { told, context, redis, canary }: ExaminationSources,
  facts: Fact<RedisFacts>,
  namespace: string | null,
): Promise<Fact<Sameness>> {
  if (!facts.known) return facts;
  const here = context.settings.redis as RedisSettings;
  const fromProxy: Fact<Sameness> = told.cache.known
    ? known(compareRedis(facts.value, here, told.cache.value, told.coordination))
    : told.cache;
  const sameness = fromProxy.known ? fromProxy : ((await fromConfig(context, here)) ?? fromProxy);
  if (!canary || !redis.known || isProved(sameness)) return sameness;
  const roster = valueOr(told.roster, EMPTY_ROSTER);
  const result = await learn(canary({ redis: redis.value, roster, namespaces: [namespace] }));
  return result.known ? afterCanary(sameness, result.value) : result;
}

/** The limiter's Redis as LiteLLM's configuration names it, when it was named. */
async function fromConfig({ settings }: Context, here: RedisSettings): Promise<Fact<Sameness> | undefined> {
  const named = settings.litellmConfig;
  if (!named) return undefined;
  const source = await litellmSource(named.path, named.env);
  if (Object.keys(source.words).length === 0) return undefined;
  const configured = redisFromLitellm(source, {}, named.env);
  return configured && known(compareConfigured(here, configured, source.where));
}

async function readConfig({ settings }: Context): Promise<Fact<LitellmConfig>> {
  const named = settings.litellmConfig;
  return named === undefined
    ? notAsked("no config.yaml was named", "name LiteLLM's: --litellm-config config.yaml")
    : learn(readLitellmConfig(named.path, named.env));
}
