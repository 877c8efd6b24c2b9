import { deniedError, unreachableError, usageError } from "../errors.js";
import type { CallResult } from "../llm/call-result.js";

/** What the first call of a run was sent to, and how. */
export interface FirstCall {
  readonly baseUrl: string;
  readonly path: string;
  readonly model: string;
  /** It carried a key. */
  readonly withKey: boolean;
}

/**
 * Checks the first call of a run. Throws when all others would fail the same way: wrong key, no such model, no server.
 */
export function checkFirst({ baseUrl, path, model, withKey }: FirstCall, { status, error, ending }: CallResult): void {
  const what = `${baseUrl} answered the first call of ${path}`;
  if (ending === "broken" || ending === "timeout") {
    if (status !== null) return;
    throw unreachableError({
      code: "proxy-unreachable",
      message: `${baseUrl} did not answer the first call of ${path}: ${error}`,
      hint:
        ending === "timeout"
          ? "check that it runs, or give it longer: --connect-timeout, --first-byte-timeout, --call-timeout"
          : "check that it runs and that --base-url is right",
    });
  }
  if (ending !== "failed") return;
  if (status === 401) {
    throw deniedError({
      code: "key-refused",
      message: `${what} with 401: ${error}`,
      hint: withKey
        ? "check the key in --key-file: it may be blocked, expired or of another proxy"
        : "it asks for a key: name a file with one, --key-file key.txt",
    });
  }
  if (isUnknownModel(status, error)) {
    throw usageError({
      code: "model-not-found",
      message: `${what} with ${status}: ${error}`,
      hint: `${model} is not to be had there; name another: --model <name>`,
    });
  }
  if (status === 403) {
    throw deniedError({
      code: "not-allowed",
      message: `${what} with 403: ${error}`,
      hint: "this key may not use this endpoint or model",
    });
  }
  if (status === 404 || status === 405 || (status !== null && status < 400)) {
    throw unreachableError({
      code: "no-such-endpoint",
      message: `${what} with ${status}: ${error}`,
      hint: "check --base-url and the endpoint",
    });
  }
}

/** How LiteLLM, OpenAI and Anthropic report an unknown model. */
const isUnknownModel = (status: number | null, error: string | null): boolean =>
  (status === 400 || status === 403 || status === 404) &&
  /invalid model name|model.{0,80}(does not exist|not found|not_found)|not_found.{0,40}model|no access to model|not allowed to access model|tried to access .{0,80}model/is.test(
    error ?? "",
  );
