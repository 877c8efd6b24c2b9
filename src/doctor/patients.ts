import { type LimiterKey, readLimiterKeys } from "../dump/read.js";
import { select } from "../dump/select.js";
import { interruptedError } from "../errors.js";
import { isHash } from "../litellm/owner.js";
import { type Deployment, type NamespaceInForce, ownershipOf } from "../litellm/ownership.js";
import { readKey } from "../litellm/reading.js";
import { aliasOf, EMPTY_ROSTER, type Roster } from "../litellm/roster.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { numberIn } from "../litellm/shapes/windowed.js";
import { orphanedSpelling } from "../litellm/spelling.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/explain.js";
import { sayDuration } from "../terminal/duration.js";
import { many } from "../terminal/many.js";
import { deploymentOf } from "./deployment.js";
import { watchIsSettled, worthWatching } from "./evidence/index.js";
import type { ExaminationSources } from "./examination.js";
import { valueOr } from "./fact.js";
import { checkSelected } from "./from-run.js";
import type { Circumstances, Patient } from "./patient.js";
import type { RunEvidence } from "./proofs.js";
import { readRunEvidence } from "./run-evidence.js";
import { watchKeys } from "./watch/watch.js";
import type { Watched } from "./watch/watched.js";
import { neededMs, withShownWindow } from "./window.js";

/** No sorted set of a limiter holds more. */
const EVERY_SLOT = 1_000_000_000;

export interface Around {
  readonly namespace: NamespaceInForce;
  readonly circumstances: Circumstances;
}

/**
 * Reads every counter that was asked for, watches those that a watch can prove something of, and says all that is known of each. Counters of
 * other deployments are among them, read and never watched.
 */
export async function readPatients(
  redis: RedisConnection,
  sources: ExaminationSources,
  around: Around,
): Promise<Patient[]> {
  const { options, told, context } = sources;
  const roster: Roster = valueOr(told.roster, EMPTY_ROSTER);
  const selection = select(options.reference, options.secret, roster);
  const deployment = deploymentOf(sources, around.namespace, selection);
  if (options.fromRun) checkSelected(options.fromRun, selection);
  try {
    const runs = await readRunEvidence(redis, sources);
    const describe = (key: LimiterKey, watched: Watched | null) =>
      patientFrom(key, watched, { ...sources, ...around, roster, runs, deployment });
    const byName = new Map<string, Patient>();
    const scope = { slots: EVERY_SLOT, ...(selection.globs ? { globs: selection.globs } : {}) };
    for await (const key of readLimiterKeys(redis, scope)) {
      const { name } = key.name;
      if (context.signal.aborted) throw interruptedError("Redis was only read; nothing was changed");
      if (selection.includes(key.name)) byName.set(name, describe(key, sources.watched?.get(name) ?? null));
    }
    const found = [...byName.values()];
    const circumstances = withShownWindow(around.circumstances, found);
    const doubtful = found.filter((patient) => patient.watched === null && worthWatching(patient, circumstances));
    if (sources.watched !== undefined || doubtful.length === 0) return found;
    const watched = await watch(redis, doubtful, sources, circumstances);
    // What was read before the watch is old now, and an act compares with what was read.
    const fresh: Patient[] = [];
    for (const patient of found) {
      const { name } = patient;
      if (patient.notOurs !== null) {
        fresh.push(patient);
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
  patients: readonly Patient[],
  { context, options }: ExaminationSources,
  circumstances: Circumstances,
) {
  const { terminal, clock, signal } = context;
  const what = `${many(patients.length, "counter")} at the limit, or of unknown limit`;
  const { observeMs: asked, longestCallMs: told } = options;
  const observeMs = told === null ? asked : Math.max(asked, neededMs(circumstances));
  terminal.note(`watching ${what} for ${sayDuration(observeMs)}, to tell a lock from calls in flight`);
  const targets = patients.map((patient) => ({
    name: patient.name,
    tokenLimited: patient.tokenLimited,
    settled: watchIsSettled(patient, circumstances),
  }));
  const progress = (elapsedMs: number, still: number) =>
    terminal.progress.show(`watching ${still} of ${what}: ${sayDuration(elapsedMs)} of ${sayDuration(observeMs)}`);
  const seen = await watchKeys(redis, targets, { observeMs, clock, signal, progress });
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
    deployment,
  }: ExaminationSources & Around & { roster: Roster; runs: RunEvidence; deployment: Deployment },
): Patient {
  const shape = shapeOf(name, reading) ?? null;
  const row = roster.get(name.owner.id);
  const fromProxy = row?.max_parallel_requests ?? null;
  const fromRun = runs.limits.get(name.owner.id) ?? null;
  // A key that the proxy knows and gives no limit has none, whatever a run once saw.
  const limit = fromProxy ?? options.limit ?? (row ? null : fromRun);
  const ownership = ownershipOf(name, deployment);
  // Another deployment may run another release, and then another shape is right.
  const expected = ownership.notOurs !== null || ownership.onlyNamed ? null : circumstances.expected;
  const judged = shape?.judge(name, reading, { limit, expected });
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
    orphan: orphanedSpelling(name, { version, namespace: namespace.name }),
    ...ownership,
    proven: runs.byKey.get(name.name) ?? null,
    watched,
  };
}
