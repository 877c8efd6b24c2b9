import { modelId } from "./failure.js";
import type { Lab } from "./lab.js";
import type { Release } from "./release.js";
import { ok, type Reply } from "./reply.js";
import { MODELS } from "./upstream/deployment.js";
import type { Worker } from "./worker.js";

type About = (lab: Lab, worker: Worker, body: Readonly<Record<string, unknown>>) => Reply | Promise<Reply>;

const callbacks = (release: Release): string[] => [
  "cache",
  "sync_deployment_callback_on_success",
  "_PROXY_VirtualKeyModelMaxBudgetLimiter",
  "_ProxyDBLogger",
  ...(release.since(103) ? [] : ["_PROXY_MaxBudgetLimiter"]),
  "_PROXY_MaxParallelRequestsHandler_v3",
  "_PROXY_CacheControlCheck",
  "ResponsesIDSecurity",
  "ServiceLogging",
];

const details = (release: Release, status: string) => ({
  status,
  db: "connected",
  cache: "redis",
  litellm_version: release.version,
  success_callbacks: callbacks(release),
  use_aiohttp_transport: true,
});

const readiness: About = ({ release, now }) =>
  ok(
    release.since(91)
      ? { status: "healthy", db: "connected" }
      : {
          ...details(release, "connected"),
          license: { has_license: false, expiration_date: null },
          last_updated: new Date(now()).toISOString().replace("Z", "000"),
        },
  );

const readinessDetails: About = ({ release }) =>
  ok({
    ...details(release, "healthy"),
    log_level: "WARNING",
    is_detailed_debug: false,
    ...(release.since(103) ? { show_no_redis_warning: false, show_env_credential_login_warning: true } : {}),
  });

const backlog: About = ({ release }, worker) => {
  const more = release.since(103) ? { admitted_requests: 0, queued_requests: 0, rejected_requests: 0 } : {};
  return ok({ in_flight_requests: worker.inFlight, ...more });
};

const cachePing: About = async ({ redis, release, redisAddress: { host, port }, namespace = "None" }) => {
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

/** Deletes whole keys. Absent ones are success too; from 1.91 on names get the namespace unless they have it. */
const cacheDelete: About = async ({ redis, release, namespace }, _worker, body) => {
  const names = Array.isArray(body.keys) ? body.keys.map(String) : [];
  if (names.length === 0) {
    return { status: 500, body: { detail: "Cache Delete Failed(wrong number of arguments for 'del' command)" } };
  }
  const spaced = (name: string) =>
    namespace === undefined || !release.since(91) || name.startsWith(`${namespace}:`) ? name : `${namespace}:${name}`;
  await redis.del(...names.map(spaced));
  return ok({ status: "success" });
};

const models: About = () =>
  ok({
    data: [...MODELS.keys()].map((id) => ({ id, object: "model", created: 1677610602, owned_by: "openai" })),
    object: "list",
  });

const modelInfo: About = () =>
  ok({
    data: [...MODELS].map(([model_name, { provider, model }]) => ({
      model_name,
      litellm_params: { model: `${provider}/${model}` },
      model_info: {
        id: modelId(model_name),
        db_model: false,
        key: `${provider}/${model}`,
        litellm_provider: provider,
      },
    })),
  });

const coordination: About = () => ok({ values: {}, fields: [], source: "cache_backend" });

interface Asked {
  readonly who: "anybody" | "key" | "admin";
  /** Minor version from which the path exists. */
  readonly since?: number;
  readonly answer: About;
}

/** What a proxy says of itself, and who may ask. */
const ABOUT: Readonly<Record<string, Asked>> = {
  "GET /": { who: "anybody", answer: () => ok("LiteLLM: RUNNING") },
  "GET /health/liveliness": { who: "anybody", answer: () => ok("I'm alive!") },
  "GET /health/liveness": { who: "anybody", answer: () => ok("I'm alive!") },
  "GET /health/readiness": { who: "anybody", answer: readiness },
  "GET /health/readiness/details": { who: "admin", since: 91, answer: readinessDetails },
  "GET /health/backlog": { who: "admin", since: 82, answer: backlog },
  "GET /cache/ping": { who: "admin", answer: cachePing },
  "POST /cache/delete": { who: "admin", answer: cacheDelete },
  "GET /coordination_redis/settings": { who: "admin", since: 93, answer: coordination },
  "GET /v1/models": { who: "key", answer: models },
  "GET /models": { who: "key", answer: models },
  "GET /model/info": { who: "key", answer: modelInfo },
  "GET /v1/model/info": { who: "key", answer: modelInfo },
};

/** Undefined for a path that the release does not have. */
export function aboutRoute(release: Release, method: string, path: string): Asked | undefined {
  const asked = ABOUT[`${method} ${path}`];
  return asked?.since !== undefined && !release.since(asked.since) ? undefined : asked;
}
