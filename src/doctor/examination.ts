import type { Context } from "../config/context.js";
import type { RedisSettings } from "../config/settings.js";
import { type LimiterKey, readLimiterKeys } from "../dump/read.js";
import { select } from "../dump/select.js";
import { isHash } from "../litellm/owner.js";
import { readKey } from "../litellm/reading.js";
import { aliasOf, EMPTY_ROSTER, type Roster } from "../litellm/roster.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import { orphanedSpelling } from "../litellm/spelling.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainRedisError } from "../redis/explain.js";
import { sayDuration } from "../terminal/duration.js";
import { watchIsSettled, worthWatching } from "./evidence/index.js";
import { type Fact, known, learn, type Unknown, valueOr } from "./fact.js";
import type { DoctorOptions } from "./options.js";
import type { Circumstances, Patient } from "./patient.js";
import { NO_RUNS, type RunEvidence, readProofs } from "./proofs.js";
import type { ProxyFacts } from "./proxy-facts.js";
import { type RedisFacts, readRedisFacts } from "./redis-facts.js";
import { lastRepairs } from "./repair/history.js";
import { type PlannedRepair, plan } from "./repair/plan.js";
import { compareRedis, type Sameness } from "./same-redis.js";
import { watchKeys } from "./watch/watch.js";
import type { Watched } from "./watch/watched.js";

/** No sorted set of a limiter holds more. */
const EVERY_SLOT = 1_000_000_000;

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
  readonly watched?: ReadonlyMap<string, Watched>;
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
    redis: facts,
    sameness,
    namespace,
    circumstances,
    patients,
    // Another Redis than the limiter's: whatever stands there is not what refuses these calls.
    plan: patients.known && !wrong ? plan(patients.value, circumstances) : [],
  };
}

function settle(told: ProxyFacts, facts: Fact<RedisFacts>, settings: RedisSettings | undefined): Fact<Sameness> {
  if (!facts.known) return facts;
  if (!told.cache.known) return told.cache;
  return known(
    compareRedis(facts.value, settings as RedisSettings, told.cache.value, valueOr(told.coordination, null)),
  );
}

interface Around {
  readonly namespace: string | null;
  readonly circumstances: Circumstances;
}

async function readPatients(redis: RedisConnection, sources: ExaminationSources, around: Around): Promise<Patient[]> {
  const { context, options, told } = sources;
  const roster: Roster = valueOr(told.roster, EMPTY_ROSTER);
  const selection = select(options.reference, options.secret, roster);
  const { stateDir } = context.settings;
  const runs = options.runs ? await readProofs(stateDir, redis.address, await lastRepairs(stateDir)) : NO_RUNS;
  const describe = (key: LimiterKey, watched: Watched | null) =>
    patientFrom(key, watched, { ...sources, ...around, roster, runs });
  try {
    const found: Patient[] = [];
    const scope = { slots: EVERY_SLOT, ...(selection.globs ? { globs: selection.globs } : {}) };
    for await (const key of readLimiterKeys(redis, scope)) {
      if (selection.includes(key.name)) found.push(describe(key, sources.watched?.get(key.name.name) ?? null));
    }
    const doubtful = found.filter(
      (patient) => patient.watched === null && worthWatching(patient, around.circumstances),
    );
    if (sources.watched !== undefined || doubtful.length === 0) return found;
    const watched = await watch(redis, doubtful, sources, around.circumstances);
    // What was read before the watch is old now, and an act compares with what was read.
    return await Promise.all(
      found.map(async ({ name }) =>
        describe({ name, reading: await readKey(redis.client, name.name, EVERY_SLOT) }, watched.get(name.name) ?? null),
      ),
    ).then((patients) => patients.filter(({ reading }) => reading.type !== "none"));
  } catch (error) {
    throw error instanceof Error && "command" in error ? explainRedisError(error, redis.address) : error;
  }
}

async function watch(
  redis: RedisConnection,
  patients: readonly Patient[],
  { context, options }: ExaminationSources,
  circumstances: Circumstances,
) {
  const { terminal, clock, signal } = context;
  const what = `${patients.length} counter${patients.length === 1 ? "" : "s"} at the limit`;
  terminal.note(`watching ${what} for ${sayDuration(options.observeMs)}, to tell a lock from calls in flight`);
  const targets = patients.map((patient) => ({
    name: patient.name,
    tokenLimited: patient.tokenLimited,
    settled: watchIsSettled(patient, circumstances),
  }));
  const progress = (elapsedMs: number, still: number) =>
    terminal.progress.show(
      `watching ${still} of ${what}: ${sayDuration(elapsedMs)} of ${sayDuration(options.observeMs)}`,
    );
  const seen = await watchKeys(redis, targets, { observeMs: options.observeMs, clock, signal, progress });
  terminal.progress.clear();
  return seen;
}

function patientFrom(
  { name, reading }: LimiterKey,
  watched: Watched | null,
  {
    context,
    told,
    options,
    roster,
    runs,
    namespace,
    circumstances,
  }: ExaminationSources & Around & { roster: Roster; runs: RunEvidence },
): Patient {
  const shape = shapeOf(name, reading) ?? null;
  const row = roster.get(name.owner.id);
  const fromProxy = row?.max_parallel_requests ?? null;
  const fromRun = runs.limits.get(name.owner.id) ?? null;
  // A key that the proxy knows and gives no limit has none, whatever a run once saw.
  const limit = fromProxy ?? options.limit ?? (row ? null : fromRun);
  const judged = shape?.judge(name, reading, { limit, expected: circumstances.expected });
  const version = told.proxy.known ? told.proxy.value.version : null;
  // A custom-auth key without sk- stands in Redis as it is: the name holds a secret.
  const [owner = ""] = name.owner.id.split("::");
  if (!isHash(owner)) context.terminal.secrets.learn(owner);
  return {
    name,
    reading,
    shape: shape?.kind ?? null,
    alias: aliasOf(roster, name.owner.id),
    limit,
    limitFrom: fromProxy !== null ? "proxy" : options.limit !== null ? "flag" : limit !== null ? "run" : null,
    tokenLimited: row ? row.tpm_limit !== null && row.tpm_limit !== undefined : null,
    held: shape?.kind === "windowed" ? numberIn(reading) : (shape?.held(reading) ?? null),
    state: judged?.state ?? "wrong-type",
    why: judged?.why ?? `a ${reading.type}, which no release of LiteLLM writes here`,
    orphan: orphanedSpelling(name, { version, namespace }),
    proven: runs.byKey.get(name.name) ?? null,
    watched,
  };
}
