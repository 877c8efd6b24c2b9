import type { Provider, Release, Route } from "./release.js";
import type { Reply } from "./reply.js";

/** LiteLLM's error in OpenAI's shape. `type` and `param` may be null; which releases write the text "None" instead depends on the error. */
export const openaiError = (status: number, message: string, type: string | null, param: string | null): Reply => ({
  status,
  body: { error: { message, type, param, code: `${status}` } },
});

/** Anthropic's shape, on messages from 1.103 on. */
export const anthropicError = (status: number, type: string, message: string, more: object = {}): Reply => ({
  status,
  body: { type: "error", error: { type, message, ...more } },
});

/** Who has nothing to say writes "None" up to 1.102 and null later. */
export const none = (release: Release): string | null => (release.since(103) ? null : "None");

const anthropicShape = (release: Release, route: Route) => route === "messages" && release.since(103);
const invalidType = (release: Release) => (release.since(103) ? "invalid_request_error" : "None");

const PATH: Record<Route, string> = {
  chat: "/chat/completions",
  completions: "/completions",
  responses: "/responses",
  messages: "anthropic_messages",
};

/** 400 for a model that the proxy does not have. The limiter was asked before. */
export function unknownModel(release: Release, route: Route, model: string): Reply {
  const early = route === "messages" && !release.since(91);
  const from = early ? "completion" : PATH[route];
  const hint = early ? "" : ". Call `/v1/models` to view available models for your key.";
  const text = `${from}: Invalid model name passed in model=${model}${hint}`;
  if (anthropicShape(release, route)) {
    return anthropicError(400, "invalid_request_error", text, { provider_specific_fields: { error: text } });
  }
  if (route === "messages") return openaiError(400, `400: {'error': '${text}'}`, "None", "None");
  if (!release.since(91)) return openaiError(400, `{'error': '${text}'}`, "None", "None");
  const reply = openaiError(400, text, invalidType(release), none(release));
  const { error } = reply.body as { error: object };
  return { ...reply, body: { error: { ...error, provider_specific_fields: { error: text } } } };
}

const OPENAI_NAMES: Record<number, string> = {
  400: "BadRequestError",
  401: "AuthenticationError",
  404: "NotFoundError",
  408: "Timeout",
  429: "RateLimitError",
  500: "InternalServerError",
  503: "ServiceUnavailableError",
};

/** What the client sees when the provider answered with an error. */
export function providerFailure(
  release: Release,
  route: Route,
  provider: Provider,
  group: string,
  status: number,
): Reply {
  const kind = status === 529 ? "overloaded_error" : "api_error";
  const theirs = JSON.stringify({ type: "error", error: { type: kind, message: `lab error ${status}` } });
  const name = OPENAI_NAMES[status] ?? "APIError";
  const tail = release.since(103)
    ? `\n\nLiteLLM: model group '${group}' failed with the error above. No fallback was attempted.`
    : `. Received Model Group=${group}\nAvailable Model Group Fallbacks=None`;
  if (route === "messages" && provider === "anthropic") {
    if (!release.since(103)) return openaiError(status, `${theirs}${tail}`, "None", "None");
    const shown = status === 529 ? 500 : status;
    const type = shown === 429 ? "rate_limit_error" : "api_error";
    const shownName = OPENAI_NAMES[shown] ?? "APIError";
    return anthropicError(shown, type, `litellm.${shownName}: AnthropicException - ${theirs}${tail}`);
  }
  const said =
    route === "responses"
      ? JSON.stringify({ error: { message: `lab error ${status}`, type: "server_error", param: null, code: null } })
      : `lab error ${status}`;
  const vendor = provider === "openai" ? "OpenAIException" : "AnthropicException";
  const message = `litellm.${name}: ${name}: ${vendor} - ${said}${tail}`;
  const later = release.since(103) ? "internal_server_error" : null;
  if (anthropicShape(release, route)) return anthropicError(status, "api_error", message);
  return openaiError(status, message, status === 429 ? "throttling_error" : later, null);
}
