import type { Place } from "./node.js";
import { nodeOf, type Setting, type Settings, textOf } from "./settings.js";

/** Where the limiter's counters live, as far as the configuration shows. */
export type LimiterRedis =
  | {
      readonly source: "coordination_redis" | "cache_params";
      readonly place: Place;
      /** Its settings by their environment variables, such as `REDIS_HOST`. */
      readonly words: Readonly<Record<string, string>>;
      readonly namespace: string | null;
    }
  /** `off`: no `cache: true`; `not-redis`: a cache of another kind. `place` is the line to change. */
  | { readonly source: null; readonly why: "off" | "not-redis"; readonly place: Place; readonly type: string };

/**
 * Evaluates the configuration in LiteLLM's own order (1.95.0 and 1.109.1, verified by running them):
 * `general_settings.coordination_redis`, new in 1.93, before the Redis of the cache block, which requires `cache: true`
 * and `type: redis`. A cache block with settings but no `type` is kept in memory.
 */
export function limiterRedis(settings: Settings, file: string): LimiterRedis {
  const own = settings.at("general_settings", "coordination_redis");
  if (own && nodeOf(own)?.kind === "mapping") {
    const section = settings.under("general_settings", "coordination_redis");
    return { source: "coordination_redis", place: own.place, ...redisSettings(settings, section) };
  }
  const cache = settings.at("litellm_settings", "cache");
  const params = settings.at("litellm_settings", "cache_params");
  if (cache?.value !== true) {
    const place = cache?.place ?? params?.place ?? settings.at("litellm_settings")?.place ?? { file, line: 1 };
    return { source: null, why: "off", place, type: "" };
  }
  const section = settings.under("litellm_settings", "cache_params");
  const type = section.size === 0 ? "redis" : (textOf(section.get("type")) ?? "local");
  const place = section.get("type")?.place ?? params?.place ?? cache.place;
  return type === "redis"
    ? { source: "cache_params", place: params?.place ?? cache.place, ...redisSettings(settings, section) }
    : { source: null, why: "not-redis", place, type };
}

/** LiteLLM's settings and their environment variables. */
const WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...[
      "url",
      "host",
      "port",
      "username",
      "password",
      "db",
      "ssl",
      "service_name",
      "sentinel_nodes",
      "sentinel_password",
    ],
    ...["ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"],
  ].map((name) => [name, `REDIS_${name.toUpperCase()}`]),
);
const CLUSTER = { redis_startup_nodes: "REDIS_CLUSTER_NODES", startup_nodes: "REDIS_CLUSTER_NODES" };

function redisSettings(settings: Settings, section: ReadonlyMap<string, Setting>) {
  const words: Record<string, string> = {};
  for (const [name, word] of Object.entries({ ...WORDS, ...CLUSTER })) {
    const setting = section.get(name);
    const node = nodeOf(setting);
    const text = node ? JSON.stringify(settings.plain(node)) : textOf(setting);
    if (text !== undefined && text !== "") words[word] = text;
  }
  return { words, namespace: textOf(section.get("namespace")) || null };
}

/** The first line of the router's Redis, which the limiter does not use. */
export function routerRedis(settings: Settings): Place | undefined {
  for (const [name, { place }] of settings.under("router_settings")) if (name.startsWith("redis_")) return place;
  return undefined;
}

/** The `REDIS_…` variables that the configuration sets in the proxy's environment. */
export function redisVariables(settings: Settings): Record<string, string> {
  const words: Record<string, string> = {};
  for (const [name, setting] of settings.under("environment_variables")) {
    const text = textOf(setting);
    if (name.startsWith("REDIS_") && text !== undefined) words[name] = text;
  }
  return words;
}
