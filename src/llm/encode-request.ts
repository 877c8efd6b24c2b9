import type { Dispatcher } from "undici";
import type { Endpoint } from "./endpoints/endpoint.js";

/** When to abort a call on purpose: after a number of content events, or a number of milliseconds after sending. */
export type AbortAfter = { readonly events: number } | { readonly ms: number };

/** Time limits of one call in milliseconds: for connecting, for the first byte after sending, and in total. */
export interface CallLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** A request to an endpoint, and how long the answer may take. */
export interface CallRequest {
  /** `http://127.0.0.1:4000` */
  readonly baseUrl: string;
  readonly endpoint: Endpoint;
  /** Null: send no key. */
  readonly key: string | null;
  readonly body: object;
  readonly abortAfter: AbortAfter | null;
  readonly limits: CallLimits;
}

/** A request as it is sent over the wire. */
export interface EncodedRequest extends Pick<CallRequest, "endpoint" | "abortAfter" | "limits"> {
  readonly origin: string;
  readonly dispatch: Dispatcher.DispatchOptions;
  /** The server is not known to be LiteLLM, so a rejection is its own, in its own words. */
  readonly plain?: boolean;
}

/**
 * Encodes a request for any number of calls. Encoding it for each call would cost 2.2 µs of the 30 that a call takes.
 */
export function encodeRequest({ baseUrl, key, body, ...request }: CallRequest): EncodedRequest {
  const { endpoint } = request;
  const url = new URL(`${baseUrl}${endpoint.path}`);
  const headers = {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...endpoint.headers(key),
  };
  const dispatch = {
    path: `${url.pathname}${url.search}`,
    method: "POST" as const,
    headers: Object.entries(headers).flat(),
    body: Buffer.from(JSON.stringify(body)),
  };
  return { ...request, origin: url.origin, dispatch };
}
