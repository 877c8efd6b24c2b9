import { type Proxy as LitellmProxy, masterKey } from "../support/proxy.js";

/** Who asks: the admin, nobody, somebody with a key that does not exist, or the holder of the key named. */
export type Asker = "admin" | "nobody" | "stranger" | `sk-${string}`;

export interface Request {
  method: "GET" | "POST";
  path: string;
  asker: Asker;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

/** A request and what a real release answered to it. */
export interface Exchange {
  name: string;
  request: Request;
  response: { status: number; headers: Record<string, string>; body: string };
}

const bearer: Record<string, string | undefined> = {
  admin: masterKey,
  nobody: undefined,
  stranger: "sk-stranger-0000000000",
};

/** Sends one request as it stands and returns the whole answer. */
export async function exchange(proxy: LitellmProxy, name: string, request: Request): Promise<Exchange> {
  const { method, path, asker, body } = request;
  const key = asker in bearer ? bearer[asker] : asker;
  const response = await fetch(proxy.url + path, {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    name,
    request,
    response: { status: response.status, headers: Object.fromEntries(response.headers), body: text },
  };
}
