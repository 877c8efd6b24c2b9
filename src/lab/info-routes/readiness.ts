import { ok } from "../answers/reply.js";
import type { Release } from "../release.js";
import type { InfoRoute } from "./info-route.js";

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

/** GET /health/readiness. */
export const readiness: InfoRoute = ({ release, now }) =>
  ok(
    release.since(91)
      ? { status: "healthy", db: "connected" }
      : {
          ...details(release, "connected"),
          license: { has_license: false, expiration_date: null },
          last_updated: new Date(now()).toISOString().replace("Z", "000"),
        },
  );

/** GET /health/readiness/details. */
export const readinessDetails: InfoRoute = ({ release }) =>
  ok({
    ...details(release, "healthy"),
    log_level: "WARNING",
    is_detailed_debug: false,
    ...(release.since(103) ? { show_no_redis_warning: false, show_env_credential_login_warning: true } : {}),
  });

/** GET /health/backlog: calls in flight in one worker, this one included. */
export const backlog: InfoRoute = ({ release }, worker) => {
  const more = release.since(103) ? { admitted_requests: 0, queued_requests: 0, rejected_requests: 0 } : {};
  return ok({ in_flight_requests: worker.inFlight, ...more });
};
