import {
  formatPlace,
  type LimiterRedis,
  limiterRedis,
  redisVariables,
  routerRedis,
} from "../../litellm/config-yaml/index.js";
import { COORDINATION_SINCE, compareVersions, ENVIRONMENT_REDIS_FROM } from "../../litellm/releases.js";
import type { Diagnosis } from "../diagnose.js";
import { atLine, type Check, failed, passed, type Remark, skipped, warned } from "./check.js";

const TURN_ON = "write under litellm_settings: cache: true and cache_params: {type: redis, …}";

export const configRedis: Check = {
  title: "one limit for all workers",
  group: "config",
  needs: ["config.yaml"],
  run(examination) {
    const { config, options } = examination;
    if (!config.known) return skipped(config);
    const { settings, file } = config.value;
    const found = limiterRedis(settings, file);
    const redis =
      found.source === "coordination_redis" && tooOld(examination)
        ? limiterRedis(settings.without("general_settings", "coordination_redis"), file)
        : found;
    const ignored =
      redis === found || found.source === null
        ? []
        : [
            atLine(found.place, `coordination_redis is not known to LiteLLM before ${COORDINATION_SINCE}`, {
              advice: TURN_ON,
            }),
          ];
    if (redis.source !== null) {
      const where = `${formatPlace(redis.place)}: the limiter counts in the Redis of ${redis.source}`;
      return ignored.length > 0
        ? warned(`${where}, not in that of coordination_redis`, TURN_ON, ignored)
        : passed(where);
    }
    const fromEnvironment = environmentRedis(examination, redis.why);
    if (fromEnvironment === "used") return passed("no cache block; the limiter counts in the Redis of the environment");
    const workers = options.workers ?? Number(config.value.env.NUM_WORKERS ?? 1);
    const remarks = [
      ...ignored,
      atLine(redis.place, `${sayWhy(redis)}: limits are per process`, {
        advice: TURN_ON,
        evidence: evidence(workers, fromEnvironment),
      }),
      ...routerOnly(examination),
    ];
    if (workers > 1) {
      return failed(
        `${workers} workers and no Redis: together they let in up to ${workers} times the limit`,
        TURN_ON,
        remarks,
      );
    }
    return warned("the limiter has no Redis: each process counts alone", TURN_ON, remarks);
  },
};

const sayWhy = (redis: Extract<LimiterRedis, { source: null }>): string => {
  if (redis.why === "off") return "there is no cache: true";
  return redis.type === "local"
    ? "cache_params has no type: redis, so LiteLLM keeps it in memory"
    : `the cache is of type ${redis.type}`;
};

const tooOld = ({ release }: Diagnosis): boolean =>
  release.known && compareVersions(release.value.version, COORDINATION_SINCE) < 0;

/** Whether REDIS_HOST and the like in the proxy's environment make up for it. */
function environmentRedis({ config, release }: Diagnosis, why: "off" | "not-redis"): "used" | "perhaps" | "none" {
  if (!config.known) return "none";
  const words = { ...config.value.env, ...redisVariables(config.value.settings) };
  const named = ["REDIS_HOST", "REDIS_URL", "REDIS_CLUSTER_NODES", "REDIS_SENTINEL_NODES"].some((word) => words[word]);
  if (!named) return "none";
  if (!release.known) return "perhaps";
  return compareVersions(release.value.version, ENVIRONMENT_REDIS_FROM[why]) >= 0 ? "used" : "none";
}

function evidence(workers: number, fromEnvironment: "perhaps" | "none"): string[] {
  return [
    ...(workers > 1 ? [`${workers} worker processes`] : []),
    ...(fromEnvironment === "perhaps"
      ? [
          `REDIS_… is set: LiteLLM ${ENVIRONMENT_REDIS_FROM.off} counts there, if the proxy has the same environment; 1.79.1 does not`,
        ]
      : []),
  ];
}

function routerOnly({ config }: Diagnosis): Remark[] {
  const place = config.known ? routerRedis(config.value.settings) : undefined;
  if (!place) return [];
  const text = "redis_* of router_settings is the router's: the limiter of parallel requests does not use it";
  return [atLine(place, text, { severity: "warn", advice: `${TURN_ON}, with the same Redis` })];
}
