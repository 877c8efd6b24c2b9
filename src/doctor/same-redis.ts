import type { RedisSettings } from "../config/settings.js";
import type { CacheDescription, Coordination } from "../litellm/api/cache.js";
import type { RedisFacts } from "./redis-facts.js";

/** Whether the Redis that is read here is the one that the proxy's limiter uses. */
export interface Sameness {
  /** `same` and `other` are proved; `likely` and `unlike` go by addresses, which may be names of one machine; `none`: no Redis at all. */
  readonly kind: "same" | "likely" | "unlike" | "other" | "none" | "untold";
  readonly why: string;
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)$/i;

/** Compares by Redis' own random name where the proxy tells it, else by address. */
export function compareRedis(
  redis: RedisFacts,
  settings: RedisSettings,
  cache: CacheDescription | null,
  coordination: Coordination | null,
): Sameness {
  if (coordination?.source === "coordination_redis" && coordination.host !== null) {
    return byAddress(settings, coordination.host, coordination.port, null);
  }
  if (cache === null) {
    if (coordination?.source === "coordination_redis")
      return { kind: "untold", why: "the proxy does not say which Redis it uses" };
    return { kind: "none", why: "the proxy has no Redis for its limiter: each process counts alone" };
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
  if (cache.host === null) return { kind: "untold", why: "the proxy does not say which Redis it uses" };
  return byAddress(settings, cache.host, cache.port, cache.db);
}

function byAddress(settings: RedisSettings, host: string, port: number | null, db: number | null): Sameness {
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
