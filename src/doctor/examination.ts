import type { Context } from "../config/context.js";
import type { RedisSettings } from "../config/settings.js";
import type { RedisConnection } from "../redis/connect.js";
import { type Fact, known, learn, type Unknown, valueOr } from "./fact.js";
import type { DoctorOptions } from "./options.js";
import type { Circumstances, Patient } from "./patient.js";
import { readPatients } from "./patients.js";
import { askBacklog, type ProxyFacts } from "./proxy-facts.js";
import { type RedisFacts, readRedisFacts } from "./redis-facts.js";
import { type PlannedRepair, plan } from "./repair/plan.js";
import { compareRedis, type Sameness } from "./same-redis.js";
import type { RunShelf } from "./shelf.js";
import type { Watched } from "./watch/watched.js";

/** All that the checks look at, gathered once. Nothing was written to get it. */
export interface Examination extends ProxyFacts {
  readonly options: DoctorOptions;
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
  /** What an earlier examination of this run has watched, so that it is not watched twice. */
  readonly watched?: Pick<ReadonlyMap<string, Watched>, "get">;
  /** Where recorded runs are kept over many examinations; read anew when left out. */
  readonly shelf?: RunShelf;
}

export async function examine(sources: ExaminationSources): Promise<Examination> {
  const { context, options, told, redis } = sources;
  const { settings } = context;
  const connection = redis.known ? redis.value : undefined;
  const facts: Fact<RedisFacts> = connection ? await learn(readRedisFacts(connection)) : (redis as Unknown);
  const sameness = settle(told, facts, settings.redis);
  const cacheNamespace = told.cache.known ? told.cache.value?.namespace : undefined;
  const coordination = valueOr(told.coordination, null);
  const namespace = settings.redisNamespace ?? cacheNamespace ?? coordination?.namespace ?? null;
  const seen: Circumstances = {
    expected: told.proxy.known ? told.proxy.value.shape : null,
    idle: options.idle ? "operator" : options.workers === 1 && valueOr(told.backlog, null) === 0 ? "worker" : null,
    olderThanMs: options.olderThanMs,
    windowMs: options.windowMs,
    provenOnly: Boolean(options.fromRun),
  };
  const patients: Fact<readonly Patient[]> = connection
    ? await learn(readPatients(connection, sources, { namespace, circumstances: seen }))
    : (redis as Unknown);
  const circumstances = seen.idle === "worker" ? { ...seen, idle: await stillIdle(context) } : seen;
  const wrong = sameness.known && sameness.value.kind === "other";
  return {
    ...told,
    options,
    redis: facts,
    sameness,
    namespace,
    circumstances,
    patients,
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: patients.known && !wrong ? plan(patients.value, circumstances) : [],
  };
}

/** A call that came between the worker's word and our reading is in the reading: only a second word, after it, is about what was read. */
async function stillIdle(context: Context): Promise<Circumstances["idle"]> {
  return valueOr(await askBacklog(context), null) === 0 ? "worker" : null;
}

function settle(told: ProxyFacts, facts: Fact<RedisFacts>, settings: RedisSettings | undefined): Fact<Sameness> {
  if (!facts.known) return facts;
  if (!told.cache.known) return told.cache;
  return known(
    compareRedis(facts.value, settings as RedisSettings, told.cache.value, valueOr(told.coordination, null)),
  );
}
