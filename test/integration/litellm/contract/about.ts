import type { Asker, Request } from "./exchange.js";

const get = (path: string, asker: Asker = "admin"): Request => ({ method: "GET", path, asker });
const counter = `{api_key:${"0".repeat(64)}}:max_parallel_requests`;

/** What a proxy is asked about itself. */
export const aboutRequests = (key: `sk-${string}`): readonly (readonly [name: string, request: Request])[] => [
  ["liveliness", get("/health/liveliness", "nobody")],
  ["readiness", get("/health/readiness", "nobody")],
  ["readiness details", get("/health/readiness/details")],
  ["readiness details as nobody", get("/health/readiness/details", "nobody")],
  ["readiness details as an ordinary key", get("/health/readiness/details", key)],
  ["callbacks", get("/active/callbacks")],
  ["backlog", get("/health/backlog")],
  ["cache ping", get("/cache/ping")],
  ["cache ping as an ordinary key", get("/cache/ping", key)],
  ["cache ping as a stranger", get("/cache/ping", "stranger")],
  ["coordination settings", get("/coordination_redis/settings")],
  ["models", get("/v1/models", key)],
  ["models as a stranger", get("/v1/models", "stranger")],
  ["model info", get("/v1/model/info")],
  ["model info as an ordinary key", get("/v1/model/info", key)],
  [
    "cache delete of a key that is not there",
    { method: "POST", path: "/cache/delete", asker: "admin", body: { keys: [counter] } },
  ],
  ["cache delete as an ordinary key", { method: "POST", path: "/cache/delete", asker: key, body: { keys: [counter] } }],
  [
    "cache delete as a stranger",
    { method: "POST", path: "/cache/delete", asker: "stranger", body: { keys: [counter] } },
  ],
];

/** What it is asked about the Redis that its limiter uses. Its readiness says `redis` whether there is one or not. */
export const whichRedisRequests: readonly (readonly [name: string, request: Request])[] = [
  ["cache redis info", get("/cache/redis/info")],
  ["coordination settings", get("/coordination_redis/settings")],
  ["readiness", get("/health/readiness", "nobody")],
  ["readiness details", get("/health/readiness/details")],
];
