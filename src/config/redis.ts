import { usageError } from "../errors.js";
import { parseRedisNodes } from "./redis-nodes.js";
import { trustFrom } from "./redis-tls.js";
import { databaseNumber, parseRedisUrl } from "./redis-url.js";
import type { GlobalFlags, RedisSettings } from "./settings.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Where Redis is: the flag, then the environment in the order of LiteLLM itself (1.109), then the user's file. */
export function redisFrom(flags: GlobalFlags, env: Env, userUrl: string | undefined): RedisSettings | undefined {
  const redis =
    flags.redisUrl === undefined
      ? (fromEnvironment(env) ??
        (userUrl === undefined ? undefined : parseRedisUrl(userUrl, "redisUrl in the user's config.json")))
      : parseRedisUrl(flags.redisUrl, "--redis-url");
  if (redis === undefined) return undefined;
  if (!redis.tls && (flags.redisCa || flags.redisCert || flags.redisKey)) {
    throw usageError({
      code: "redis-tls-off",
      message: "certificates are given, but Redis is named without TLS",
      hint: "write rediss:// in the URL, or set REDIS_SSL=true",
    });
  }
  const trust = { ...trustFrom(flags, env), ...redis.trust };
  return redis.tls && Object.keys(trust).length > 0 ? { ...redis, trust } : redis;
}

function fromEnvironment(env: Env): RedisSettings | undefined {
  if (env.REDIS_CLUSTER_NODES !== undefined) {
    return {
      kind: "cluster",
      nodes: parseRedisNodes(env.REDIS_CLUSTER_NODES, "REDIS_CLUSTER_NODES"),
      ...login(env, 0),
    };
  }
  if (env.REDIS_URL !== undefined) return parseRedisUrl(env.REDIS_URL, "REDIS_URL");
  const db = databaseNumber(env.REDIS_DB ?? "0", "REDIS_DB");
  if (env.REDIS_SENTINEL_NODES !== undefined) {
    const sentinels = parseRedisNodes(env.REDIS_SENTINEL_NODES, "REDIS_SENTINEL_NODES");
    if (env.REDIS_SERVICE_NAME === undefined) {
      throw usageError({
        code: "no-redis-service",
        message: "REDIS_SENTINEL_NODES is set, but not the name of the service",
        hint: "for example: REDIS_SERVICE_NAME=mymaster",
      });
    }
    return {
      kind: "sentinel",
      sentinels,
      service: env.REDIS_SERVICE_NAME,
      ...(env.REDIS_SENTINEL_PASSWORD ? { sentinelPassword: env.REDIS_SENTINEL_PASSWORD } : {}),
      ...login(env, db),
    };
  }
  if (env.REDIS_HOST === undefined) return undefined;
  const port = Number(env.REDIS_PORT ?? 6379);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw usageError({
      code: "bad-redis-port",
      message: `REDIS_PORT is not a port number`,
      hint: "for example: REDIS_PORT=6379",
    });
  return { kind: "standalone", host: env.REDIS_HOST, port, ...login(env, db) };
}

const login = (env: Env, db: number) => ({
  db,
  tls: /^(1|true|yes)$/i.test(env.REDIS_SSL ?? ""),
  ...(env.REDIS_USERNAME ? { username: env.REDIS_USERNAME } : {}),
  ...(env.REDIS_PASSWORD ? { password: env.REDIS_PASSWORD } : {}),
});
