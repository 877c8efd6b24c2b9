import { z } from "zod";
import { EXIT, LlmctlError, unreachableError } from "../../errors.js";
import { explainReply } from "./explain.js";
import type { LitellmApi } from "./http.js";
import type { ApiReply } from "./reply.js";

/** What the proxy reports of the Redis behind its cache block; null for what it did not report. */
export interface CacheDescription {
  /** Redis' own random run id, which identifies a server whatever its address. */
  readonly runId: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly db: number | null;
  /** Undefined when unknown; null when there is none. */
  readonly namespace: string | null | undefined;
  /** Why the proxy cannot reach its Redis, in its own words: then each process counts alone. */
  readonly away: string | null;
}

/**
 * Where a release >= 1.93 reports that its counters live: `null` means in each process separately. `environment` is the
 * Redis of REDIS_HOST and similar variables, if it was available when the proxy started: 1.109.1 reports the same when
 * it was not, and then each process counts alone.
 */
type CoordinationSource = "cache_backend" | "coordination_redis" | "environment" | null;

/** The reply of `/coordination_redis/settings`. */
export interface Coordination {
  readonly source: CoordinationSource;
  readonly host: string | null;
  readonly port: number | null;
  readonly namespace: string | null;
}

/** Python's None arrives as text. */
const toText = (value: unknown): string | null => {
  const text = value === null || value === undefined ? "" : String(value);
  return text === "" || text === "None" ? null : text;
};
const toNumber = (value: unknown): number | null => {
  const text = toText(value);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
};

const infoReply = z.looseObject({
  clients: z.array(z.looseObject({ db: z.unknown().optional(), cmd: z.unknown().optional() })).optional(),
  info: z.looseObject({ run_id: z.string().optional() }).optional(),
});

const pingReply = z.looseObject({
  health_check_cache_params: z.looseObject({
    host: z.unknown().optional(),
    port: z.unknown().optional(),
    namespace: z.unknown().optional(),
    redis_kwargs: z.looseObject({}).optional(),
  }),
});

/** True when the proxy has no cache, or one that is not Redis: its counters then live elsewhere or in each process. */
const saysNoRedis = ({ status, text }: ApiReply) =>
  status >= 500 && /Cache not initialized|does not support redis info/i.test(text);

const unhealthy = z.looseObject({ detail: z.string().regex(/^Service Unhealthy \(/) });
/** The messages of redis-py without a connection; a refused INFO is a different error. */
const NO_CONNECTION =
  /connect|timed? ?out|closed|reset|resolve|name or service|broken pipe|authenticat|WRONGPASS|NOAUTH/i;
const NO_RIGHT = /NOPERM|no permissions/i;

/**
 * Why the proxy cannot reach its Redis, if it answered so. Seen on 1.79.1, 1.95.0 and 1.109.1, whose readiness still
 * reports `redis`.
 */
function whyAway({ status, json }: ApiReply): string | undefined {
  const unreachable = status === 503 ? unhealthy.safeParse(json) : undefined;
  const why = unreachable?.data?.detail.slice("Service Unhealthy (".length, -1) ?? "";
  return NO_CONNECTION.test(why) && !NO_RIGHT.test(why) ? why : undefined;
}

/**
 * Asks which Redis the cache block names; null when it names none. `/cache/redis/info` is read-only. `/cache/ping`
 * stores a value in Redis, so it is used only with `mayWrite`: where the other reports nothing, and for the namespace,
 * which the other never reports.
 */
export async function describeCache(
  api: LitellmApi,
  { mayWrite = false, namespace: wanted = false } = {},
): Promise<CacheDescription | null> {
  const info = await api.send("GET", "/cache/redis/info");
  if (saysNoRedis(info)) return null;
  const away = whyAway(info) ?? null;
  const nothing = { runId: null, host: null, port: null, db: null, namespace: undefined, away };
  if (away !== null) return nothing;
  const read = info.status === 200 ? infoReply.safeParse(info.json) : undefined;
  if (read?.success && read.data.info?.run_id) {
    const dbs = new Set((read.data.clients ?? []).filter(isSelf).map(({ db }) => toNumber(db)));
    const [db = null] = dbs.size === 1 ? dbs : [];
    // The server is known already: a failure of this question must not lose that.
    const namespace = mayWrite && wanted ? (await pingCache(api).catch(untold))?.namespace : undefined;
    return { ...nothing, runId: read.data.info.run_id, db, namespace };
  }
  if (!mayWrite) {
    if (info.status === 200) return nothing;
    throw explainReply(api.baseUrl, "GET /cache/redis/info", info);
  }
  const ping = await pingCache(api);
  if (ping === undefined) throw explainReply(api.baseUrl, "GET /cache/redis/info", info);
  return ping && { ...nothing, ...ping };
}

function untold(error: unknown): undefined {
  if (!(error instanceof LlmctlError) || error.exit === EXIT.interrupted) throw error;
}

/** Null: there is no Redis; undefined: unknown. */
async function pingCache(api: LitellmApi) {
  const ping = await api.send("GET", "/cache/ping");
  if (saysNoRedis(ping)) return null;
  const parsed = pingReply.safeParse(ping.json);
  if (ping.status !== 200 || !parsed.success) return undefined;
  const { redis_kwargs = {}, ...params } = parsed.data.health_check_cache_params;
  return {
    host: toText(redis_kwargs.host) ?? toText(params.host),
    port: toNumber(redis_kwargs.port) ?? toNumber(params.port),
    db: toNumber(redis_kwargs.db),
    namespace: params.namespace === undefined ? undefined : toText(params.namespace),
  };
}

/** The proxy's own connection is the one that requests the list of clients. */
const isSelf = ({ cmd }: { cmd?: unknown }) => /^client/.test(String(cmd));

/**
 * `POST /cache/delete`: DEL of whole keys through the proxy. Success does not mean that they existed. Exit 4 without an
 * admin key; exit 5 while the proxy does not use its Redis (for a minute after five errors), and when it has none.
 */
export async function deleteFromCache(api: LitellmApi, keys: readonly string[]): Promise<void> {
  const reply = await api.send("POST", "/cache/delete", { body: { keys } });
  if (saysNoRedis(reply)) {
    throw unreachableError({
      code: "no-cache",
      message: `${api.baseUrl} has no Redis behind its cache block: each worker counts alone, in memory`,
      hint: "restart the worker that refuses",
    });
  }
  if (reply.status >= 500 && /circuit breaker is open/i.test(reply.text)) {
    throw unreachableError({
      code: "breaker-open",
      message: `${api.baseUrl} does not talk to its Redis for the moment: its circuit breaker is open`,
      hint: "wait a minute, then again",
    });
  }
  if (reply.status !== 200) throw explainReply(api.baseUrl, "POST /cache/delete", reply);
}

const SOURCES = ["cache_backend", "coordination_redis", "environment"] as const;

const coordinationReply = z.looseObject({
  source: z.string().nullable(),
  values: z.looseObject({}).nullish(),
});

/** Reads `/coordination_redis/settings` of releases >= 1.93; null on older ones. */
export async function describeCoordination(api: LitellmApi): Promise<Coordination | null> {
  const reply = await api.send("GET", "/coordination_redis/settings");
  if (reply.status === 404) return null;
  const parsed = coordinationReply.safeParse(reply.json);
  if (reply.status !== 200 || !parsed.success)
    throw explainReply(api.baseUrl, "GET /coordination_redis/settings", reply);
  const { source, values } = parsed.data;
  return {
    source: SOURCES.find((one) => one === source) ?? null,
    host: toText(values?.host),
    port: toNumber(values?.port),
    namespace: toText(values?.namespace),
  };
}

const backlogReply = z.looseObject({ in_flight_requests: z.number() });

/** Calls in flight in the one worker that answers, without this request; null on releases before 1.82. */
export async function readBacklog(api: LitellmApi): Promise<number | null> {
  const reply = await api.send("GET", "/health/backlog");
  if (reply.status === 404) return null;
  const parsed = backlogReply.safeParse(reply.json);
  if (reply.status !== 200 || !parsed.success) throw explainReply(api.baseUrl, "GET /health/backlog", reply);
  return Math.max(0, parsed.data.in_flight_requests - 1);
}
