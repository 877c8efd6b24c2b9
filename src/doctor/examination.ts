import type { Context } from "../config/context.js";
import { redisFromLitellm } from "../config/litellm-source.js";
import type { RedisSettings } from "../config/settings.js";
import { type LitellmConfig, readLitellmConfig } from "../litellm/config-yaml/index.js";
import { litellmSource } from "../litellm/config-yaml/source.js";
import type { NamespaceInForce } from "../litellm/ownership.js";
import { EMPTY_ROSTER } from "../litellm/roster.js";
import type { RedisConnection } from "../redis/connect.js";
import type { Canary } from "./canary.js";
import { type Copies, findCopies } from "./copies.js";
import { type Fact, known, learn, notAsked, type Unknown, valueOr } from "./fact.js";
import { namespaceOf } from "./namespace.js";
import type { DoctorOptions } from "./options.js";
import type { Circumstances, Patient } from "./patient.js";
import { readPatients } from "./patients.js";
import { askBacklog, type ProxyFacts } from "./proxy-facts.js";
import { type RedisFacts, readRedisFacts } from "./redis-facts.js";
import { interruptedRefreshes } from "./refresh/interrupted.js";
import type { OpenRefresh } from "./refresh/journal.js";
import { type Release, releaseOf } from "./release.js";
import { type PlannedRepair, plan } from "./repair/plan.js";
import { afterCanary, compareConfigured, compareRedis, isProved, type Sameness } from "./same-redis.js";
import type { RunShelf } from "./shelf.js";
import type { Watched } from "./watch/watched.js";
import { knownWindowMs, longestCallMs, withShownWindow } from "./window.js";

/** All that the checks look at, gathered once. Nothing was written to get it. */
export interface Examination extends ProxyFacts {
  readonly options: DoctorOptions;
  readonly release: Fact<Release>;
  /** LiteLLM's own configuration, when it was named. */
  readonly config: Fact<LitellmConfig>;
  readonly redis: Fact<RedisFacts>;
  readonly sameness: Fact<Sameness>;
  readonly namespace: NamespaceInForce;
  readonly circumstances: Circumstances;
  /** The counters of the deployment that is examined. */
  readonly patients: Fact<readonly Patient[]>;
  /** Counters in the same Redis that are not its own: counted and left alone. */
  readonly others: readonly Patient[];
  /** Keys that workers refuse from memory. */
  readonly copies: Fact<Copies>;
  /** Refreshes that raised a limit and never said that it was set back. */
  readonly interrupted: readonly OpenRefresh[];
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
  readonly watched?: Pick<ReadonlyMap<string, Watched>, "get">;
  /** Where recorded runs are kept over many examinations; read anew when left out. */
  readonly shelf?: RunShelf;
}

export async function examine(sources: ExaminationSources): Promise<Examination> {
  const { context, options, told, redis } = sources;
  const { settings } = context;
  const connection = redis.known ? redis.value : undefined;
  const facts: Fact<RedisFacts> = connection ? await learn(readRedisFacts(connection)) : (redis as Unknown);
  const namespace = namespaceOf(settings, told);
  const sameness = await settle(sources, facts, namespace);
  const config = await readConfig(context);
  const seen: Circumstances = {
    expected: told.proxy.known ? told.proxy.value.shape : null,
    idle: options.idle ? "operator" : options.workers === 1 && valueOr(told.backlog, null) === 0 ? "worker" : null,
    olderThanMs: options.olderThanMs,
    windowMs: knownWindowMs(options, config),
    longestCallMs: longestCallMs(options),
    provenOnly: Boolean(options.fromRun),
  };
  const read: Fact<readonly Patient[]> = connection
    ? await learn(readPatients(connection, sources, { namespace, circumstances: seen }))
    : (redis as Unknown);
  const patients = read.known ? known(read.value.filter(({ notOurs }) => notOurs === null)) : read;
  const shown = patients.known ? withShownWindow(seen, patients.value) : seen;
  const circumstances = shown.idle === "worker" ? { ...shown, idle: await stillIdle(context) } : shown;
  const wrong = sameness.known && sameness.value.kind === "other";
  const apart = wrong || (sameness.known && sameness.value.kind === "none");
  const copies: Fact<Copies> =
    connection && patients.known && !apart
      ? await learn(
          findCopies(connection, sources, { patients: patients.value, namespace, windowMs: circumstances.windowMs }),
        )
      : notAsked("Redis does not tell what the limiter holds");
  return {
    ...told,
    options,
    release: releaseOf(told, options.litellmVersion),
    config,
    redis: facts,
    sameness,
    namespace,
    circumstances,
    patients,
    others: valueOr(read, []).filter(({ notOurs }) => notOurs !== null),
    copies,
    interrupted: await interruptedRefreshes(context, valueOr(told.roster, null)),
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: patients.known && !wrong ? plan(patients.value, circumstances) : [],
  };
}

/** A call that came between the worker's word and our reading is in the reading: only a second word, after it, is about what was read. */
async function stillIdle(context: Context): Promise<Circumstances["idle"]> {
  return valueOr(await askBacklog(context), null) === 0 ? "worker" : null;
}

async function settle(
  { told, context, redis, canary }: ExaminationSources,
  facts: Fact<RedisFacts>,
  { name: namespace }: NamespaceInForce,
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
