import { describeRedis } from "../../config/redis-url.js";
import type { RedisSettings } from "../../config/settings.js";
import type { CacheDescription, Coordination } from "../../litellm/api/cache.js";
import type { Lookup } from "../lookup.js";
import type { CanaryResult } from "./canary.js";
import type { RedisFacts } from "./redis-facts.js";

/** Whether the Redis that is read here is the one that the proxy's limiter uses. */
export interface RedisIdentity {
  /**
   * `same` and `other` are proved; `likely` and `unlike` go by addresses, which may be names of one machine; `none`: no
   * Redis at all;
   * `away`: the proxy cannot reach the one that it names.
   */
  readonly kind: "same" | "likely" | "unlike" | "other" | "none" | "away" | "untold";
  readonly why: string;
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)$/i;
const UNTOLD: RedisIdentity = { kind: "untold", why: "the proxy does not say which Redis it uses" };

/** Compares by Redis' own random name where the proxy tells it, else by address. */
export function compareRedis(
  redis: RedisFacts,
  settings: RedisSettings,
  cache: CacheDescription | null,
  coordination: Lookup<Coordination | null>,
): RedisIdentity {
  const limiter = coordination.known ? coordination.value : undefined;
  // A Redis of the limiter's own: that of the cache is another matter.
  if (limiter?.source === "coordination_redis") {
    return limiter.host === null ? UNTOLD : byAddress(settings, limiter.host, limiter.port, null);
  }
  if (cache === null) {
    if (limiter === undefined) return UNTOLD;
    if (limiter?.source === "environment") {
      return {
        kind: "untold",
        why: "the proxy takes its Redis from REDIS_… of its environment, and says neither which it is nor whether it was there at its start",
      };
    }
    return { kind: "none", why: "the proxy has no Redis for its limiter: each process counts alone" };
  }
  if (cache.away !== null) {
    return {
      kind: "away",
      why: `the proxy cannot reach the Redis that it names (${cache.away}): each process counts alone`,
    };
  }
  const [runId] = redis.runIds;
  if (cache.runId !== null && runId !== undefined) {
    if (!redis.runIds.includes(cache.runId)) {
      return {
        kind: "other",
        why: `the proxy's Redis has run id ${cache.runId.slice(0, 8)}…, this one ${runId.slice(0, 8)}…`,
      };
    }
    if (cache.db !== null && cache.db !== settings.db) {
      return {
        kind: "other",
        why: `the same server, but the proxy uses database ${cache.db}, and this is ${settings.db}`,
      };
    }
    return { kind: "same", why: `the proxy's own Redis has the same run id, ${cache.runId.slice(0, 8)}…` };
  }
  return cache.host === null ? UNTOLD : byAddress(settings, cache.host, cache.port, cache.db);
}

/** Where the proxy does not tell: LiteLLM's configuration may name the same Redis. */
export function compareConfigured(here: RedisSettings, configured: RedisSettings, where: string): RedisIdentity {
  const [a, b] = [describeRedis(here), describeRedis(configured)];
  return a === b
    ? { kind: "likely", why: `${where} names it` }
    : { kind: "unlike", why: `${where} names ${b}, and this is ${a}; they may be two names of one server` };
}

/** Whether a canary call could tell more. */
export const isProven = (redisIdentity: Lookup<RedisIdentity>): boolean =>
  redisIdentity.known && ["same", "other", "none", "away"].includes(redisIdentity.value.kind);

/** What is known after a canary call: what it showed, or what was known before. */
export function afterCanary(before: Lookup<RedisIdentity>, { seen, why }: CanaryResult): Lookup<RedisIdentity> {
  if (seen === "here") return { known: true, value: { kind: "same", why } };
  if (seen === "absent") return { known: true, value: { kind: "other", why } };
  const { kind, why: already } = before.known ? before.value : { kind: "untold" as const, why: before.why };
  return { known: true, value: { kind, why: `${already}; ${why}` } };
}

function byAddress(settings: RedisSettings, host: string, port: number | null, db: number | null): RedisIdentity {
  if (settings.kind !== "standalone" || settings.path !== undefined) {
    return {
      kind: "untold",
      why: `the proxy names ${host}:${port ?? 6379}, which cannot be compared with ${settings.kind === "standalone" ? "a socket" : `a ${settings.kind}`}`,
    };
  }
  const here = `${settings.host}:${settings.port}/${settings.db}`;
  const there = `${host}:${port ?? 6379}/${db ?? 0}`;
  const sameHost = host === settings.host || (LOCAL.test(host) && LOCAL.test(settings.host));
  const same = sameHost && (port ?? 6379) === settings.port && (db ?? 0) === settings.db;
  return same
    ? { kind: "likely", why: `the proxy names ${there} too` }
    : { kind: "unlike", why: `the proxy names ${there}, and this is ${here}; they may be two names of one server` };
}
