import { select } from "../../litellm/counters/select.js";
import { aliasOf, EMPTY_KEY_DIRECTORY, limitOf } from "../../litellm/key-directory.js";
import { parallelKey, parseKeyName } from "../../litellm/key-name.js";
import { NAMESPACED_SINCE } from "../../litellm/namespace-rules.js";
import { isHash, ownerOfSecret } from "../../litellm/owner.js";
import { type NamespaceInForce, ownershipOf } from "../../litellm/ownership.js";
import { compareVersions, workerCacheTtlMs } from "../../litellm/releases.js";
import type { RunCache } from "../../runs/cache.js";
import { type Counter, counterLabel } from "../counter.js";
import { deploymentOf } from "../facts/deployment.js";
import type { ProxyFacts } from "../facts/proxy-facts.js";
import type { KeyToTry, TryKeyResult } from "../facts/try-key.js";
import { valueOr } from "../lookup.js";
import type { DoctorOptions } from "../options.js";
import type { RepairHistory } from "../repair-history.js";
import { unexplainedRejections } from "./unexplained-rejections.js";

/** A key that was refused while Redis had room for it: some worker goes by a copy of its own. */
export interface StaleWorkerCache {
  /** The limiter's key in Redis; it may be gone there. */
  readonly redisKey: string;
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

export interface StaleWorkerCaches {
  readonly stale: readonly StaleWorkerCache[];
  /** What a call with the key in `--key-file` told, in words; null when none was made. */
  readonly told: string | null;
}

export interface WorkerCacheInput {
  readonly options: DoctorOptions;
  readonly told: ProxyFacts;
  readonly counters: readonly Counter[];
  readonly namespace: NamespaceInForce;
  /** The window in force, in ms: so long a copy of a number lives. */
  readonly windowMs: number;
  readonly wallMs: number;
  readonly dryRun: boolean;
  /** A diagnosis that follows another one. */
  readonly again: boolean;
  readonly history: Pick<RepairHistory, "endedRefreshes">;
  readonly runCache: RunCache;
  readonly tryKey: (key: KeyToTry) => Promise<TryKeyResult>;
}

/**
 * Looks for keys that are refused though Redis holds fewer than their limit: in recorded runs, and by one call with the
 * key in `--key-file`.
 * With another Redis than the limiter's nothing can be said.
 */
export async function findStaleWorkerCaches(address: string, input: WorkerCacheInput): Promise<StaleWorkerCaches> {
  const { options, told, counters, namespace, windowMs, wallMs: now } = input;
  const proxy = valueOr(told.proxy, null);
  const shape = proxy?.shape;
  if (!proxy || (shape !== "slots" && shape !== "windowed")) return { stale: [], told: null };
  const keyDirectory = valueOr(told.keyDirectory, EMPTY_KEY_DIRECTORY);
  const { version } = proxy;
  const spelt = version !== null && compareVersions(version, NAMESPACED_SINCE) < 0 ? null : namespace.name;
  const about = (owner: string, inNamespace = spelt) => {
    const redisKey = parallelKey(owner, inNamespace);
    const counter = counters.find(({ name }) => name.name === redisKey);
    const name = parseKeyName(redisKey);
    return {
      redisKey,
      name,
      who: name ? counterLabel({ name, alias: aliasOf(keyDirectory, owner) }) : redisKey,
      // A key of no call is gone from Redis.
      held: counter ? counter.held : 0,
      limit: limitOf(keyDirectory, owner) ?? options.limit,
      shape,
    };
  };
  const selection = select(options.reference, options.secret, keyDirectory);
  const deployment = deploymentOf({ options, told }, namespace, selection);
  const stale: StaleWorkerCache[] = [];
  if (options.runs) {
    const refreshed = await input.history.endedRefreshes();
    const recorded = await input.runCache.read();
    const runs = unexplainedRejections(recorded, address, refreshed);
    for (const { owner, namespace: seenIn, run, endedMs, limit: seenLimit } of runs) {
      const { name, limit, held, ...key } = about(owner, seenIn);
      const untilMs = endedMs + workerCacheTtlMs(shape, windowMs);
      const most = limit ?? seenLimit;
      if (name && ownershipOf(name, deployment).notOurs !== null) continue;
      if (!name || !selection.includes(name) || untilMs <= now || held === null || held >= most) continue;
      stale.push({ ...key, held, limit: most, seen: `run ${run} was refused while Redis had room`, untilMs });
    }
  }
  const { secret } = options;
  // Up to 1.93 a refusal from memory lowers the counter, which right after a repair lets one call too many in.
  const harms = shape === "windowed" && input.again;
  if (!options.tryKey || harms || secret === undefined || input.dryRun) return { stale, told: null };
  const owner = ownerOfSecret(secret);
  if (!isHash(owner)) return { stale, told: null };
  const key = about(owner);
  const asked = await input.tryKey({ ...key, owner, version, namespace: namespace.name });
  const others = stale.filter(({ redisKey: counter }) => counter !== key.redisKey);
  if (asked.refused === null)
    return { stale: asked.admitted && options.workers === 1 ? others : stale, told: asked.told };
  const { held, limit } = asked.refused;
  const untilMs = now + workerCacheTtlMs(shape, windowMs);
  return { stale: [...others, { ...key, held, limit, seen: asked.told, untilMs }], told: asked.told };
}
