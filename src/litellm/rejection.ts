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

const V3 =
  /Rate limit exceeded for ([a-z_]+): .*?Limit type: (max_parallel_requests|requests|tokens)\. Current limit: (-?\d+)/s;
const MINUTE =
  /LiteLLM Rate Limit Handler for rate limit type = (\w+)\. Crossed TPM \/ RPM \/ Max Parallel Request Limit/;

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
  if (status === 503) {
    return /redis|rate limit/i.test(message)
      ? { source: "redis-away", limit: null, scope: null, limiter: null, message }
      : undefined;
  }
  const v3 = V3.exec(message);
  if (v3) {
    const [, scope = "", kind, limit] = v3;
    const source = kind === "max_parallel_requests" ? "parallel-limit" : "rate-limit";
    return { source, limit: Number(limit), scope, limiter: "v3", message };
  }
  const minute = MINUTE.exec(message);
  if (minute) return { ...minuteRejection(message), scope: minute[1] ?? null, limiter: "minute", message };
  if (/Deployment has all max_parallel_requests slots in use/.test(message)) {
    return { source: "deployment-limit", limit: null, scope: null, limiter: null, message };
  }
  const type = headers.rate_limit_type;
  if (type !== undefined) {
    return {
      source: type === "max_parallel_requests" ? "parallel-limit" : "rate-limit",
      limit: null,
      scope: null,
      limiter: "v3",
      message,
    };
  }
  return { source: "provider", limit: null, scope: null, limiter: null, message };
}

/** The old limiter says one sentence for three limits; the numbers in it tell which was reached. */
function minuteRejection(message: string): Pick<Rejection, "source" | "limit"> {
  const pair = (current: string, limit: string) => {
    const match = new RegExp(`${current}: (\\d+), ${limit}: (\\d+)`).exec(message);
    return match ? { current: Number(match[1]), limit: Number(match[2]) } : undefined;
  };
  const parallel = pair("current max_parallel_requests", "max_parallel_requests");
  if (parallel && parallel.current >= parallel.limit) return { source: "parallel-limit", limit: parallel.limit };
  const rate = [pair("current rpm", "rpm limit"), pair("current tpm", "tpm limit")].find(
    (one) => one && one.current >= one.limit,
  );
  if (rate) return { source: "rate-limit", limit: rate.limit };
  return { source: "parallel-limit", limit: parallel?.limit ?? null };
}

/** The text that a person would read in an error body: OpenAI's, Anthropic's or FastAPI's shape, else the body itself. */
export function messageOf(body: string): string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
  const { error, detail, message } = (json ?? {}) as Record<string, unknown>;
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  for (const text of [error, message, detail]) if (typeof text === "string") return text;
  if (Array.isArray(detail)) return detail.map(sayIssue).join("; ");
  return detail === undefined && error === undefined ? body : JSON.stringify(detail ?? error);
}

/** One complaint of FastAPI's validation: `max_parallel_requests: Input should be a valid integer`. */
function sayIssue(issue: unknown): string {
  const { loc, msg } = (issue ?? {}) as { loc?: unknown; msg?: unknown };
  const field = Array.isArray(loc) ? loc.filter((part) => part !== "body" && part !== "query").join(".") : "";
  if (typeof msg !== "string") return JSON.stringify(issue);
  return field ? `${field}: ${msg}` : msg;
}
