import { ok } from "../answers/reply.js";
import type { Release } from "../release.js";
import { cacheDelete, cachePing, cacheRedisInfo, coordination } from "./cache.js";
import type { InfoRoute } from "./info-route.js";
import { modelInfo, models } from "./models.js";
import { backlog, readiness, readinessDetails } from "./readiness.js";

interface Asked {
  readonly who: "anybody" | "key" | "admin";
  /** Minor version from which the path exists. */
  readonly since?: number;
  readonly answer: InfoRoute;
}

/** Routes about the proxy itself, and who may use them. */
const ABOUT: Readonly<Record<string, Asked>> = {
  "GET /": { who: "anybody", answer: () => ok("LiteLLM: RUNNING") },
  "GET /health/liveliness": { who: "anybody", answer: () => ok("I'm alive!") },
  "GET /health/liveness": { who: "anybody", answer: () => ok("I'm alive!") },
  "GET /health/readiness": { who: "anybody", answer: readiness },
  "GET /health/readiness/details": { who: "admin", since: 91, answer: readinessDetails },
  "GET /health/backlog": { who: "admin", since: 82, answer: backlog },
  "GET /cache/ping": { who: "admin", answer: cachePing },
  "GET /cache/redis/info": { who: "admin", answer: cacheRedisInfo },
  "POST /cache/delete": { who: "admin", answer: cacheDelete },
  "GET /coordination_redis/settings": { who: "admin", since: 93, answer: coordination },
  "GET /v1/models": { who: "key", answer: models },
  "GET /models": { who: "key", answer: models },
  "GET /model/info": { who: "key", answer: modelInfo },
  "GET /v1/model/info": { who: "key", answer: modelInfo },
};

/** The handler of a path; undefined for a path that the release does not have. */
export function infoRoute(release: Release, method: string, path: string): Asked | undefined {
  const asked = ABOUT[`${method} ${path}`];
  return asked?.since !== undefined && !release.since(asked.since) ? undefined : asked;
}
