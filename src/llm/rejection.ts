import { messageOf, type Rejection, saysLitellm } from "../litellm/rejection.js";
import type { CallResult } from "./call-result.js";

type Refusal = NonNullable<CallResult["rejection"]>;

/**
 * Messages about a limit of calls in flight, among them those of Anthropic ("Number of concurrent connections has
 * exceeded…"), Bedrock, TGI and our own gateway.
 */
const IN_FLIGHT =
  /concurren|parallel|simultaneous|in[- ]flight|at the same time|too many (?:open |active )?connections/i;
/**
 * Messages about a limit over time or of money: OpenAI's "on requests per min (RPM)", Anthropic's "50 requests per
 * minute", "insufficient_quota".
 */
const OVER_TIME =
  /\b(?:requests|tokens|calls|queries|messages) ?(?:per|\/|an?) ?(?:s|sec|second|min|minute|h|hour|d|day|month)\b|\b[rt]p[smhd]\b|quota|billing|credit/i;

/**
 * Parses a rejection of a server that is not LiteLLM: 429, or 503 as nginx's `limit_conn` and busy servers send it.
 * `unnamed` names no limit; only the verdict, which knows when such rejections came, can say whether it is the one of
 * calls in flight.
 * `own` is what LiteLLM's parser found. It has priority, because LiteLLM may stand behind a server that hides it.
 * Undefined for every other status.
 */
export function readRejection(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  own: Rejection | undefined,
): Refusal | undefined {
  if (own && own.source !== "provider") return own;
  if (status !== 429 && status !== 503) return undefined;
  if (saysLitellm(headers, body)) return own;
  const message = messageOf(body).replace(/\s+/g, " ").trim().slice(0, 500);
  return { source: sourceOf(message, headers), limit: null, scope: null, limiter: null, message };
}

function sourceOf(message: string, headers: Readonly<Record<string, string>>): Refusal["source"] {
  const [inFlight, overTime] = [IN_FLIGHT.test(message), OVER_TIME.test(message)];
  if (inFlight && !overTime) return "parallel-limit";
  return !inFlight && (overTime || isSpent(headers)) ? "rate-limit" : "unnamed";
}

/**
 * A header says that no requests or tokens remain: `x-ratelimit-remaining-requests: 0` (OpenAI),
 * `anthropic-ratelimit-requests-remaining: 0`, `ratelimit-remaining: 0`, `ratelimit: "default";r=0;t=5` (IETF drafts).
 */
const isSpent = (headers: Readonly<Record<string, string>>): boolean =>
  Object.entries(headers).some(([name, value]) => {
    if (!/rate-?limit/.test(name) || IN_FLIGHT.test(name)) return false;
    return /remaining/.test(name) ? /^\s*0\s*(?:[,;]|$)/.test(value) : /\b(?:r|remaining)=0\b/.test(value);
  });
