/** What rejected a call, as far as the reply shows. */
export type RejectionSource =
  /** LiteLLM's limit of calls in flight, which llmctl judges. */
  | "parallel-limit"
  /** LiteLLM's limit of requests or tokens in a window. */
  | "rate-limit"
  /** The router's limit for one deployment; never in Redis. */
  | "deployment-limit"
  /** LiteLLM's fail-closed mode: Redis is unavailable. */
  | "redis-away"
  /** The model provider, or a server in front of the proxy. */
  | "provider";

/** A parsed rejection. */
export interface Rejection {
  readonly source: RejectionSource;
  /** The limit in force, if the reply names it. */
  readonly limit: number | null;
  /** Whose limit: `api_key`, `user`, `team`, …; null when not named. */
  readonly scope: string | null;
  /** Which of LiteLLM's two limiters wrote the text. */
  readonly limiter: "v3" | "minute" | null;
  readonly message: string;
}

/** LiteLLM's prefix of its own messages; a provider's message follows the name of an exception or is quoted JSON. */
const OWN = String.raw`^(?:429: |litellm\.RateLimitError: )*`;
const V3 = new RegExp(
  String.raw`${OWN}Rate limit exceeded for ([a-z_]+): .*?\. Limit type: (max_parallel_requests|requests|tokens)\. Current limit: (-?\d+)`,
  "s",
);
const MINUTE = new RegExp(
  String.raw`${OWN}LiteLLM Rate Limit Handler for rate limit type = (\w+)\. Crossed TPM / RPM / Max Parallel Request Limit`,
);
/** The old limiter's message for a limit of zero, and for `global_max_parallel_requests`. */
const MINUTE_ZERO = new RegExp(
  String.raw`${OWN}Max parallel request limit reached .*Hit limit for (\w+)\. Current limits: max_parallel_requests: (-?\d+)`,
);
const MINUTE_GLOBAL = new RegExp(String.raw`${OWN}Max parallel request limit reached Hit Global Limit: Limit=(\d+)`);
const DEPLOYMENT = new RegExp(`${OWN}Deployment has all max_parallel_requests slots in use`);
const FAIL_CLOSED = /^(?:503: )?(?:\{'error': ')?Rate limit enforcement unavailable/;
const FROM_PROVIDER = /^[[{]|Exception - |Received Model Group=|LiteLLM: model group '/;
const PARALLEL = "max_parallel_requests";

/**
 * Parses a rejection (429, or 503 of fail-closed releases); undefined for every other status. Rules from replies of
 * LiteLLM 1.79.1–1.109.1: OpenAI shape on all routes, Anthropic shape on /v1/messages from 1.103 on. `retry-after` and
 * `reset_at` are ignored: they always say now + 60 s.
 */
export function parseRejection(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): Rejection | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const message = messageOf(body);
  if (status === 503) return FAIL_CLOSED.test(message) ? { ...UNTOLD, source: "redis-away", message } : undefined;
  return { ...UNTOLD, ...(fromLimiter(message) ?? fromElsewhere(message, headers)), message };
}

const UNTOLD = { limit: null, scope: null, limiter: null };

type Told = Partial<Rejection> & Pick<Rejection, "source">;

function fromLimiter(message: string): Told | undefined {
  const [, scope, kind, limit] = V3.exec(message) ?? [];
  if (scope !== undefined) return { source: sourceOf(kind), limit: Number(limit), scope, limiter: "v3" };
  const minute = MINUTE.exec(message);
  if (minute) return { ...minuteRejection(message), scope: minute[1] ?? null, limiter: "minute" };
  const [, closed, parallel] = MINUTE_ZERO.exec(message) ?? [];
  if (closed !== undefined) {
    return {
      source: Number(parallel) <= 0 ? "parallel-limit" : "rate-limit",
      limit: 0,
      scope: closed,
      limiter: "minute",
    };
  }
  const [, global] = MINUTE_GLOBAL.exec(message) ?? [];
  return global === undefined
    ? undefined
    : { source: "parallel-limit", limit: Number(global), scope: "global", limiter: "minute" };
}

function fromElsewhere(message: string, headers: Readonly<Record<string, string>>): Told {
  if (DEPLOYMENT.test(message)) return { source: "deployment-limit" };
  const type = headers.rate_limit_type;
  if (type === undefined || FROM_PROVIDER.test(message)) return { source: "provider" };
  return { source: sourceOf(type), limiter: "v3" };
}

const sourceOf = (kind: string | undefined): RejectionSource => (kind === PARALLEL ? "parallel-limit" : "rate-limit");

/** The old limiter uses one sentence for three limits; its numbers show which was reached. */
function minuteRejection(message: string): Pick<Rejection, "source" | "limit"> {
  const pair = (current: string, limit: string) => {
    const match = new RegExp(String.raw`\b${current}: (-?\d+), ${limit}: (-?\d+)`).exec(message);
    return match ? { current: Number(match[1]), limit: Number(match[2]) } : undefined;
  };
  const parallel = pair("current max_parallel_requests", PARALLEL);
  if (parallel && parallel.current >= parallel.limit) return { source: "parallel-limit", limit: parallel.limit };
  const rate = [pair("current rpm", "rpm limit"), pair("current tpm", "tpm limit")].find(
    (one) => one && one.current >= one.limit,
  );
  return { source: "rate-limit", limit: rate?.limit ?? null };
}

/**
 * The reply comes from LiteLLM or through it: it has a header of LiteLLM, or its name in the text, as in
 * `litellm.RateLimitError: …`.
 */
export const saysLitellm = (headers: Readonly<Record<string, string>>, body: string): boolean =>
  Object.keys(headers).some((name) => name.startsWith("x-litellm-")) || /litellm/i.test(body);

/**
 * The message of an error body: OpenAI's, Anthropic's or FastAPI's shape, the title of a page, else the body itself.
 */
export function messageOf(body: string): string {
  let json: unknown;
  try {
    // A rejected stream of 1.79 has it as its only event.
    json = JSON.parse(/^data: (\{.*\})\s*$/s.exec(body)?.[1] ?? body);
  } catch (error) {
    if (error instanceof SyntaxError) return titleOf(body) ?? body;
    throw error;
  }
  return sayError(json) ?? body;
}

/** A server in front of a proxy rejects with an HTML page. */
const titleOf = (body: string): string | undefined =>
  /^\s*<(?:!doctype|html)/i.test(body)
    ? /<title>([^<]+)<\/title>/i.exec(body)?.[1]?.replace(/\s+/g, " ").trim()
    : undefined;

/** LiteLLM nests no deeper than `{"detail":{"error":…}}` and `{"error":{"message":{"error":…}}}`. */
const DEEPEST = 3;

/** Undefined for a value without an error. */
function sayError(json: unknown, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  const { error, detail, message } = (json ?? {}) as Record<string, unknown>;
  for (const text of [error, message, detail]) if (typeof text === "string") return text;
  if (Array.isArray(detail) && detail.every(isIssue)) return detail.map(sayIssue).join("; ");
  return [error, message, detail].map((inner) => sayError(inner, depth + 1)).find((text) => text !== undefined);
}

interface Issue {
  readonly loc?: unknown;
  readonly msg: string;
}

const isIssue = (one: unknown): one is Issue => typeof (one as { msg?: unknown } | null)?.msg === "string";

/** One error of FastAPI's validation: `max_parallel_requests: Input should be a valid integer`. */
function sayIssue({ loc, msg }: Issue): string {
  const field = Array.isArray(loc) ? loc.filter((part) => part !== "body" && part !== "query").join(".") : "";
  return field ? `${field}: ${msg}` : msg;
}
