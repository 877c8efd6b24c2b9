import type { Dispatcher } from "undici";
import type { CallRequest } from "./call.js";

/** An order as it goes over the wire. */
interface EncodedRequest {
  /** `http://127.0.0.1:4000` */
  readonly origin: string;
  readonly request: Dispatcher.DispatchOptions;
}

const known = new WeakMap<CallRequest, EncodedRequest>();

/** The same for every call of an order, so it is made once; an order is never changed. */
export function encodeRequest(order: CallRequest): EncodedRequest {
  const made = known.get(order) ?? make(order);
  known.set(order, made);
  return made;
}

function make({ baseUrl, endpoint, key, body }: CallRequest): EncodedRequest {
  const url = new URL(`${baseUrl}${endpoint.path}`);
  const headers = {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...endpoint.headers(key),
  };
  return {
    origin: url.origin,
    request: {
      path: `${url.pathname}${url.search}`,
      method: "POST",
      headers: Object.entries(headers).flat(),
      body: Buffer.from(JSON.stringify(body)),
    },
  };
}
