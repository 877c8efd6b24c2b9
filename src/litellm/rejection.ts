/** Who said no to a call, as far as the reply tells. */
export type RejectionSource =
  /** LiteLLM's limit of calls in flight: the one that llmctl judges. */
  | "parallel-limit"
  /** LiteLLM's requests- or tokens-a-window limit. */
  | "rate-limit"
  /** The router's limit for one deployment; never in Redis. */
  | "deployment-limit"
  /** LiteLLM's fail-closed mode: Redis is away. */
  | "redis-away"
  /** The model provider, or whoever stands in front. */
  | "provider";

export interface Rejection {
  readonly source: RejectionSource;
  /** The limit in force, when the reply names it. */
  readonly limit: number | null;
  /** Whose limit: `api_key`, `user`, `team`, …; null when not told. */
  readonly scope: string | null;
  /** Which of LiteLLM's two limiters wrote the text. */
  readonly limiter: "v3" | "minute" | null;
  readonly message: string;
}

/** What LiteLLM puts before its own words; a provider's words come behind the name of an exception or as quoted JSON. */
const OWN = String.raw`^(?:429: |litellm\.RateLimitError: )*`;
const V3 = new RegExp(
  String.raw`${OWN}Rate limit exceeded for ([a-z_]+): .*?\. Limit type: (max_parallel_requests|requests|tokens)\. Current limit: (-?\d+)`,
  "s",
);
const MINUTE = new RegExp(
  String.raw`${OWN}LiteLLM Rate Limit Handler for rate limit type = (\w+)\. Crossed TPM / RPM / Max Parallel Request Limit`,
);
/** The old limiter's words for a limit of zero, and for `global_max_parallel_requests`. */
const MINUTE_ZERO = new RegExp(
  String.raw`${OWN}Max parallel request limit reached .*Hit limit for (\w+)\. Current limits: max_parallel_requests: (-?\d+)`,
);
const MINUTE_GLOBAL = new RegExp(String.raw`${OWN}Max parallel request limit reached Hit Global Limit: Limit=(\d+)`);
const DEPLOYMENT = new RegExp(`${OWN}Deployment has all max_parallel_requests slots in use`);
const FAIL_CLOSED = /^(?:503: )?(?:\{'error': ')?Rate limit enforcement unavailable/;
const FROM_PROVIDER = /^[[{]|Exception - |Received Model Group=|LiteLLM: model group '/;
const PARALLEL = "max_parallel_requests";

/**
 * Reads a refusal (429, or 503 of fail-closed releases); undefined for every other status. Rules from replies of LiteLLM 1.79.1–1.109.1:
 * OpenAI shape on all routes, Anthropic shape on /v1/messages from 1.103 on. `retry-after` and `reset_at` are not read: they always say now + 60 s.
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

/** The old limiter says one sentence for three limits; the numbers in it tell which was reached. */
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

/** The reply comes from LiteLLM, or through it: by a header of its own, or by its name in the text, as in `litellm.RateLimitError: …`. */
export const saysLitellm = (headers: Readonly<Record<string, string>>, body: string): boolean =>
  Object.keys(headers).some((name) => name.startsWith("x-litellm-")) || /litellm/i.test(body);

/** The text that a person would read in an error body: OpenAI's, Anthropic's or FastAPI's shape, the title of a page, else the body itself. */
export function messageOf(body: string): string {
  let json: unknown;
  try {
    // A refused stream of 1.79 comes as its one event.
    json = JSON.parse(/^data: (\{.*\})\s*$/s.exec(body)?.[1] ?? body);
  } catch (error) {
    if (error instanceof SyntaxError) return titleOf(body) ?? body;
    throw error;
  }
  return sayError(json) ?? body;
}

/** What stands in front of a proxy says no with a page. */
const titleOf = (body: string): string | undefined =>
  /^\s*<(?:!doctype|html)/i.test(body)
    ? /<title>([^<]+)<\/title>/i.exec(body)?.[1]?.replace(/\s+/g, " ").trim()
    : undefined;

/** LiteLLM wraps no deeper than `{"detail":{"error":…}}` and `{"error":{"message":{"error":…}}}`. */
const DEEPEST = 3;

/** Undefined for a value in which nobody complains. */
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

/** One complaint of FastAPI's validation: `max_parallel_requests: Input should be a valid integer`. */
function sayIssue({ loc, msg }: Issue): string {
  const field = Array.isArray(loc) ? loc.filter((part) => part !== "body" && part !== "query").join(".") : "";
  return field ? `${field}: ${msg}` : msg;
}
