import { deniedError, type LlmctlError, unreachableError, usageError } from "../../errors.js";
import { messageOf } from "../rejection.js";
import type { ApiReply } from "./reply.js";

const BASE_URL_HINT = "check --base-url: it is the proxy's address, without a path such as /ui";
const NO_DATABASE =
  /DB not connected|No DB Connected|no_db_connection|Can't reach database|Database not connected|No connected db/i;

/**
 * Converts an error reply into an error for an operator. Types in LiteLLM's bodies are unreliable, so status and text
 * decide. `what`: `GET /key/list`.
 */
export function explainReply(baseUrl: string, what: string, reply: ApiReply): LlmctlError {
  const { status } = reply;
  const message = sayMessage(reply.text);
  const notLitellm = (came: string) =>
    unreachableError({ code: "not-litellm", message: `${baseUrl} answered ${what} with ${came}`, hint: BASE_URL_HINT });
  if (status >= 200 && status < 300 && reply.json !== undefined) {
    return notLitellm(`other JSON than LiteLLM's: ${reply.text.slice(0, 200)}`);
  }
  if (status >= 300 && status < 400) return notLitellm(`a redirect (${status})${whereTo(reply.headers)}`);
  if (reply.json === undefined && status < 500) return notLitellm(`${status} and no JSON: this is not LiteLLM's API`);
  if (NO_DATABASE.test(`${message} ${reply.text.slice(0, 2000)}`)) {
    return unreachableError({
      code: "no-database",
      message: `${baseUrl} has no database, which ${what} needs: ${message}`,
      hint: "set DATABASE_URL for the proxy and restart it, or see whether its Postgres runs",
    });
  }
  if (status === 401 || status === 403) {
    return deniedError({
      code: "not-allowed",
      message: `${baseUrl} refused ${what} (${status}): ${message}`,
      hint: "check the admin key in LITELLM_PROXY_API_KEY or --api-key-file",
    });
  }
  // FastAPI's own "no such path"; LiteLLM's handlers report a missing object in an error object.
  if ((status === 404 || status === 405) && !hasErrorObject(reply.json)) return notLitellm(`${status}: ${message}`);
  if (status === 400 || status === 404 || status === 409 || status === 422) {
    return usageError({
      code: "refused-request",
      message: `${baseUrl} refused ${what} (${status}): ${message}`,
      hint: "change what is asked for",
    });
  }
  return unreachableError({
    code: "proxy-error",
    message: `${baseUrl} answered ${what} with ${status}: ${message || "an empty body"}`,
    hint: "look at the proxy's log",
  });
}

/**
 * LiteLLM up to 1.79 repeats a key of another form than `sk-…` in its answer, and wraps texts as Python prints them.
 */
const sayMessage = (body: string): string =>
  messageOf(body)
    .replace(/(Received=)[^\s,]+/g, "$1…")
    .replace(/^(?:\d{3}: )?\{'error': (["'])(.*)\1\}$/s, "$2")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 500);

const hasErrorObject = (json: unknown): boolean => typeof (json as { error?: unknown } | null)?.error === "object";

function whereTo(headers: Headers): string {
  const location = headers.get("location") ?? "";
  if (!URL.canParse(location)) return "";
  const { origin, pathname } = new URL(location);
  return ` to ${origin}${pathname}`;
}
