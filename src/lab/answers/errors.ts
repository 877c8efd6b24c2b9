import { createHash } from "node:crypto";
import type { Release, Route } from "../release.js";
import type { Reply } from "./reply.js";

/**
 * LiteLLM's error in OpenAI's shape. `type` and `param` may be null; which releases write the text "None" instead
 * depends on the error.
 */
export const openaiError = (status: number, message: string, type: string | null, param: string | null): Reply => ({
  status,
  body: { error: { message, type, param, code: `${status}` } },
});

/** Anthropic's shape, on messages from 1.103 on. */
export const anthropicError = (status: number, type: string, message: string, more: object = {}): Reply => ({
  status,
  body: { type: "error", error: { type, message, ...more } },
});

/** The value of an empty field: "None" up to 1.102, null later. */
export const none = (release: Release): string | null => (release.since(103) ? null : "None");

/** Whether a route answers errors in Anthropic's shape. */
export const anthropicShape = (release: Release, route: Route) => route === "messages" && release.since(103);
const invalidType = (release: Release) => (release.since(103) ? "invalid_request_error" : "None");

/** The router's id of a deployment. */
export const modelId = (model: string): string => createHash("sha256").update(`lab ${model}`).digest("hex");

const PATH: Record<Route, string> = {
  chat: "/chat/completions",
  completions: "/completions",
  responses: "/responses",
  messages: "anthropic_messages",
};

/** 400 for an unknown model. The limiter comes before. */
export function unknownModel(release: Release, route: Route, model: string): Reply {
  const early = route === "messages" && !release.since(91);
  const from = early ? "completion" : PATH[route];
  const hint = early ? "" : ". Call `/v1/models` to view available models for your key.";
  const text = `${from}: Invalid model name passed in model=${model}${hint}`;
  if (anthropicShape(release, route)) {
    return anthropicError(400, "invalid_request_error", text, { provider_specific_fields: { error: text } });
  }
  if (route === "messages" || route === "completions") {
    return openaiError(400, `400: {'error': '${text}'}`, invalidType(release), none(release));
  }
  if (!release.since(91)) return openaiError(400, `{'error': '${text}'}`, "None", "None");
  const reply = openaiError(400, text, invalidType(release), none(release));
  const { error } = reply.body as { error: object };
  return { ...reply, body: { error: { ...error, provider_specific_fields: { error: text } } } };
}

/** 400 without max_tokens, which Anthropic's own models require. */
export const noMaxTokens = (release: Release): Reply =>
  release.since(103)
    ? anthropicError(400, "invalid_request_error", "anthropic_messages: Missing required parameter: 'max_tokens'.")
    : openaiError(500, "anthropic_messages() missing 1 required positional argument: 'max_tokens'", "None", "None");

/** 429 of the router, whose own limit is independent of the key's. Earlier releases let the call wait instead. */
export function deploymentFull(release: Release, route: Route, group: string): Reply {
  const message =
    "litellm.RateLimitError: Deployment has all max_parallel_requests slots in use. " +
    `Deployment model_group=${group}, id=${modelId(group)} already has max_parallel_requests=1 requests in flight. ` +
    "Raise max_parallel_requests (or the rpm/tpm it is derived from) for this deployment" +
    `\n\nLiteLLM: model group '${group}' failed with the error above. No fallback was attempted.`;
  if (anthropicShape(release, route)) return anthropicError(429, "rate_limit_error", message);
  return openaiError(429, message, "throttling_error", null);
}

/** 400 for a body that is not JSON, on the guarded routes. */
export const badJson: Reply = openaiError(
  400,
  "Invalid JSON payload: unexpected character: line 1 column 1 (char 0)",
  "invalid_request_error",
  "request_body",
);
