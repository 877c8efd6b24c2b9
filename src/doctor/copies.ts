import { select } from "../dump/select.js";
import { parallelKey, parseKeyName } from "../litellm/key-name.js";
import { isHash, ownerOfSecret } from "../litellm/owner.js";
import { type NamespaceInForce, ownershipOf } from "../litellm/ownership.js";
import { compareVersions, mirrorLifeMs } from "../litellm/releases.js";
import { aliasOf, EMPTY_ROSTER, limitOf } from "../litellm/roster.js";
import { NAMESPACED_SINCE } from "../litellm/spelling.js";
import { readRuns, runsDir } from "../probe/record.js";
import type { RedisConnection } from "../redis/connect.js";
import { askWithKey } from "./ask-with-key.js";
import { deploymentOf } from "./deployment.js";
import type { ExaminationSources } from "./examination.js";
import { valueOr } from "./fact.js";
import { callIt, type Patient } from "./patient.js";
import { endedRefreshes } from "./refresh/journal.js";
import { refusedByRuns } from "./refused-by-runs.js";

/** A key that was refused while Redis had room for it: some worker goes by a copy of its own. */
export interface StaleCopy {
  /** The limiter's key in Redis; it may be gone there. */
  readonly counter: string;
  /** Alias or short hash. */
  readonly who: string;
  readonly held: number;
  readonly limit: number;
  readonly shape: "slots" | "windowed";
  /** In words: who saw the refusal. */
  readonly seen: string;
  /** When the copy is dead at the latest, ms since 1970. */
  readonly untilMs: number;
}

export interface Copies {
  readonly stale: readonly StaleCopy[];
  /** What a call with the key in `--key-file` told, in words; null when none was made. */
  readonly told: string | null;
}

interface Around {
  readonly patients: readonly Patient[];
  readonly namespace: NamespaceInForce;
  /** The window in force, in ms: so long a copy of a number lives. */
  readonly windowMs: number;
}

/**
 * Looks for keys that are refused though Redis holds fewer than their limit: in recorded runs, and by one call with the key in `--key-file`.
 * With another Redis than the limiter's nothing can be said.
 */
export async function findCopies(
  redis: RedisConnection,
  sources: ExaminationSources,
  { patients, namespace, windowMs }: Around,
): Promise<Copies> {
  const { context, options, told } = sources;
  const { stateDir } = context.settings;
  const proxy = valueOr(told.proxy, null);
  const shape = proxy?.shape;
  if (!proxy || (shape !== "slots" && shape !== "windowed")) return { stale: [], told: null };
  const roster = valueOr(told.roster, EMPTY_ROSTER);
  const { version } = proxy;
  const spelt = version !== null && compareVersions(version, NAMESPACED_SINCE) < 0 ? null : namespace.name;
  const about = (owner: string, inNamespace = spelt) => {
    const counter = parallelKey(owner, inNamespace);
    const patient = patients.find(({ name }) => name.name === counter);
    const name = parseKeyName(counter);
    return {
      counter,
      name,
      who: name ? callIt({ name, alias: aliasOf(roster, owner) }) : counter,
      // A key of no call is gone from Redis.
      held: patient ? patient.held : 0,
      limit: limitOf(roster, owner) ?? options.limit,
      shape,
    };
  };
  const now = context.clock.wall();
  const selection = select(options.reference, options.secret, roster);
  const deployment = deploymentOf(sources, namespace, selection);
  const stale: StaleCopy[] = [];
  if (options.runs) {
    const refreshed = await endedRefreshes(stateDir);
    const runs = refusedByRuns(await readRuns(runsDir(stateDir)), redis.address, refreshed);
    for (const { owner, namespace: seenIn, run, endedMs, limit: seenLimit } of runs) {
      const { name, limit, held, ...key } = about(owner, seenIn);
      const untilMs = endedMs + mirrorLifeMs(shape, windowMs);
      const most = limit ?? seenLimit;
      if (name && ownershipOf(name, deployment).notOurs !== null) continue;
      if (!name || !selection.includes(name) || untilMs <= now || held === null || held >= most) continue;
      stale.push({ ...key, held, limit: most, seen: `run ${run} was refused while Redis had room`, untilMs });
    }
  }
  const { secret } = options;
  // Up to 1.93 a refusal from memory lowers the counter, which right after a repair lets one call too many in.
  const harms = shape === "windowed" && sources.watched !== undefined;
  if (!options.tryKey || harms || secret === undefined || context.settings.dryRun) return { stale, told: null };
  const owner = ownerOfSecret(secret);
  if (!isHash(owner)) return { stale, told: null };
  const key = about(owner);
  const asked = await askWithKey(sources, redis, { ...key, owner, version, namespace: namespace.name });
  const others = stale.filter(({ counter }) => counter !== key.counter);
  if (asked.refused === null)
    return { stale: asked.admitted && options.workers === 1 ? others : stale, told: asked.told };
  const { held, limit } = asked.refused;
  const untilMs = now + mirrorLifeMs(shape, windowMs);
  return { stale: [...others, { ...key, held, limit, seen: asked.told, untilMs }], told: asked.told };
}
