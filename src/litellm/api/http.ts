import { errorCode, interruptedError, type LlmctlError, unreachableError, usageError } from "../../errors.js";
import { explainReply } from "./explain.js";
import type { ApiReply } from "./reply.js";

/** How to reach a proxy's API. */
export interface ApiOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`; omitted when undefined. */
  readonly apiKey?: string | undefined;
  /** Time limit of one whole call, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Query and body of a request. */
export interface ApiRequest {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
}

/**
 * A client of LiteLLM's HTTP API. `send` returns every reply; `call` returns successful ones and throws an explained
 * error otherwise.
 */
export class LitellmApi {
  readonly baseUrl: string;
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.baseUrl = options.baseUrl;
  }

  get hasKey(): boolean {
    return this.#options.apiKey !== undefined;
  }

  /** Throws only without an answer: exit 5, or 130 after Ctrl-C. */
  async send(method: "GET" | "POST", path: string, { query, body }: ApiRequest = {}): Promise<ApiReply> {
    const { apiKey, timeoutMs, signal, fetch = globalThis.fetch } = this.#options;
    if (apiKey !== undefined && !/^[!-~]+$/.test(apiKey)) {
      throw usageError({
        code: "bad-api-key",
        message: "the admin key holds a character that no key has",
        hint: "check the file or variable it is in",
      });
    }
    const url = new URL(`${this.baseUrl}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        redirect: "manual",
        headers: {
          accept: "application/json",
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, json: parseJson(text), text };
    } catch (error) {
      if (signal?.aborted) throw interruptedError(`${method} ${path} was not finished`);
      throw notReached(this.baseUrl, timeoutMs, error);
    }
  }

  /**
   * A 2xx reply with a JSON body, or an error: exit 2 (the request was refused), 4 (not allowed), 5 (not LiteLLM, no
   * database, 5xx).
   */
  async call(method: "GET" | "POST", path: string, request: ApiRequest = {}): Promise<ApiReply> {
    const reply = await this.send(method, path, request);
    if (reply.status >= 200 && reply.status < 300 && reply.json !== undefined) return reply;
    throw explainReply(this.baseUrl, `${method} ${path}`, reply);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function notReached(baseUrl: string, timeoutMs: number, error: unknown): LlmctlError {
  const { name, message, cause } = error instanceof Error ? error : new Error(String(error));
  const timedOut = name === "TimeoutError";
  const reason = timedOut
    ? `no answer within ${timeoutMs / 1000} s`
    : (errorCode(cause) ?? (cause instanceof Error ? cause.message : message));
  return unreachableError({
    code: "proxy-unreachable",
    message: `the proxy at ${baseUrl} did not answer: ${reason}`,
    hint: "check that it runs and that --base-url is right",
    cause: error,
  });
}
