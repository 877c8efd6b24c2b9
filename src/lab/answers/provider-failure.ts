import type { Provider, Release, Route } from "../release.js";
import { anthropicError, anthropicShape, openaiError } from "./errors.js";
import type { Reply } from "./reply.js";

const NAMES: Record<number, string> = {
  400: "BadRequestError",
  401: "AuthenticationError",
  404: "NotFoundError",
  408: "Timeout",
  429: "RateLimitError",
  500: "InternalServerError",
  503: "ServiceUnavailableError",
};
const ANTHROPIC_TYPES: Record<number, string> = { 429: "rate_limit_error", 529: "overloaded_error" };
const nameOf = (status: number) => NAMES[status] ?? "APIError";

/** A call whose provider failed. */
export interface FailedCall {
  readonly release: Release;
  readonly route: Route;
  readonly provider: Provider;
  readonly model: string;
  readonly stream: boolean;
}

/** The client's reply when the provider answered with an error. */
export function providerFailure(call: FailedCall, status: number): Reply {
  return call.provider === "anthropic" ? fromAnthropic(call, status) : fromOpenai(call, status);
}

const tail = ({ release, model }: FailedCall) =>
  release.since(103)
    ? `\n\nLiteLLM: model group '${model}' failed with the error above. No fallback was attempted.`
    : `. Received Model Group=${model}\nAvailable Model Group Fallbacks=None`;

/** `type` of an error that has no better one. */
const plainType = (release: Release) => (release.since(103) ? "internal_server_error" : null);

function fromAnthropic(call: FailedCall, status: number): Reply {
  const { release, route } = call;
  const kind = status === 529 ? "overloaded_error" : "api_error";
  const theirs = JSON.stringify({ type: "error", error: { type: kind, message: `lab error ${status}` } });
  if (route === "messages" && !release.since(103)) {
    return openaiError(status, `${theirs}${tail(call)}`, "None", "None");
  }
  const shown = status === 529 ? 500 : status;
  const by = status === 529 ? "AnthropicError" : "AnthropicException";
  const handle = status === 500 ? ". Handle with `litellm.InternalServerError`." : "";
  const message = `litellm.${nameOf(shown)}: ${by} - ${theirs}${handle}${tail(call)}`;
  if (anthropicShape(release, route)) return anthropicError(shown, ANTHROPIC_TYPES[shown] ?? "api_error", message);
  return openaiError(shown, message, shown === 429 ? "throttling_error" : plainType(release), null);
}

function fromOpenai(call: FailedCall, status: number): Reply {
  const { release, route, stream } = call;
  const name = nameOf(status);
  const end = route === "completions" && stream ? "" : tail(call);
  const message = `litellm.${name}: ${name}: OpenAIException - ${saidByOpenai(call, status)}`;
  if (route === "messages" && !release.since(91)) {
    return openaiError(500, `Error calling litellm.acompletion for non-Anthropic model: ${message}`, "None", "None");
  }
  if (anthropicShape(release, route)) {
    return anthropicError(status, ANTHROPIC_TYPES[status] ?? "api_error", `${message}${end}`);
  }
  return openaiError(status, `${message}${end}`, status === 429 ? "throttling_error" : plainType(release), null);
}

/** The provider's message, as each route's client library repeats it. */
function saidByOpenai({ release, route, stream }: FailedCall, status: number): string {
  const message = `lab error ${status}`;
  const theirs = { error: { message, type: "server_error", param: null, code: null } };
  if (route === "responses" || (route === "messages" && release.since(91))) return JSON.stringify(theirs);
  if (route !== "completions" || stream) return message;
  if (!release.since(91) || release.since(103)) return `Error code: ${status} - ${message}`;
  return `Error code: ${status} - {'error': {'message': '${message}', 'type': 'server_error', 'param': None, 'code': None}}`;
}
