import { ok } from "../answers/reply.js";
import type { InfoRoute } from "./info-route.js";

/** GET /cache/ping. */
export const cachePing: InfoRoute = async ({ redis, release, redisAddress: { host, port }, namespace = "None" }) => {
  const version = /(?:redis|valkey)_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "";
  return ok({
    status: "healthy",
    cache_type: "redis",
    ping_response: true,
    set_cache_response: "success",
    litellm_cache_params: `{"supported_call_types": [], "type": "redis", "namespace": "${namespace}", "redis_flush_size": "None", "ttl": "None", "mode": {"_value_": "default_on", "_name_": "default_on", "__objclass__": "<enum 'CacheMode'>", "_sort_order_": 0}${release.since(103) ? ', "semantic_cache_scope": "key", "max_messages": 4' : ""}}`,
    health_check_cache_params: {
      host: "None",
      port: "None",
      redis_kwargs: { host, port: `${port}`, socket_timeout: 5 },
      namespace,
      redis_version: version,
    },
  });
};

/**
 * POST /cache/delete: deletes whole keys, and succeeds for missing ones too. From 1.91 on names get the namespace
 * unless they have it.
 */
export const cacheDelete: InfoRoute = async ({ redis, release, namespace }, _worker, body) => {
  const names = Array.isArray(body.keys) ? body.keys.map(String) : [];
  if (names.length === 0) {
    return { status: 500, body: { detail: "Cache Delete Failed(wrong number of arguments for 'del' command)" } };
  }
  const spaced = (name: string) =>
    namespace === undefined || !release.since(91) || name.startsWith(`${namespace}:`) ? name : `${namespace}:${name}`;
  await redis.del(...names.map(spaced));
  return ok({ status: "success" });
};

/** Parses `a=b c=d` to an object. */
const fields = (line: string) =>
  Object.fromEntries(
    line.split(" ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );

/**
 * GET /cache/redis/info: the server and its clients. A number stays text in the list of clients and becomes a number in
 * `info`.
 */
export const cacheRedisInfo: InfoRoute = async ({ redis }) => {
  const clients = String(await redis.client("LIST"))
    .trim()
    .split("\n")
    .map(fields);
  const lines = (await redis.info()).split("\r\n").filter((line) => line.includes(":"));
  const info = lines.map((line) => {
    const [name = "", ...rest] = line.split(":");
    const value = rest.join(":");
    return [name, /^\d+$/.test(value) ? Number(value) : value];
  });
  return ok({ num_clients: clients.length, clients, info: Object.fromEntries(info) });
};

/** The limiter's Redis is that of the cache, unless it has its own. */
export const coordination: InfoRoute = () => ok({ values: {}, fields: [], source: "cache_backend" });
