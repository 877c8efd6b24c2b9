import type { LimitStatus } from "../admission/index.js";
import type { Release, Route } from "../release.js";
import { anthropicError, openaiError } from "./errors.js";
import type { Reply } from "./reply.js";

/** The text that LiteLLM calls UTC is the server's local time, and always one window from now. */
function resetText(nowMs: number, windowS: number): string {
  const at = new Date(nowMs + windowS * 1000);
  const two = (n: number) => `${n}`.padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")} UTC`;
}

/** The 429 of the key limiter: body and headers as the release writes them on this route. */
export function refusal(
  release: Release,
  route: Route,
  owner: string,
  by: LimitStatus,
  nowMs: number,
  windowS: number,
): Reply {
  const resets = resetText(nowMs, windowS);
  const message =
    `Rate limit exceeded for api_key: ${owner}. Limit type: ${by.type}. ` +
    `Current limit: ${by.limit}, Remaining: ${Math.max(0, by.remaining)}. Limit resets at: ${resets}`;
  if (route === "messages" && release.since(103)) return anthropicError(429, "rate_limit_error", message);
  const bare = route === "messages" || route === "completions";
  const prefix = !bare ? "" : release.since(91) ? "litellm.RateLimitError: " : "429: ";
  const [type, param] = release.since(91) ? (["throttling_error", null] as const) : (["None", "None"] as const);
  return {
    ...openaiError(429, `${prefix}${message}`, type, param),
    ...(bare ? {} : { headers: { "retry-after": `${windowS}`, rate_limit_type: by.type, reset_at: resets } }),
  };
}
