import type { ServerResponse } from "node:http";

/** A whole answer: status, extra headers, and a body that is sent as JSON, or unchanged if it is a string. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `text/plain`; the body is a string. */
  readonly plain?: true;
}

/** 200 with a JSON body. */
export const ok = (body: unknown): Reply => ({ status: 200, body });

/** Sends a reply. */
export function send(res: ServerResponse, { status, body, headers, plain }: Reply): void {
  if (res.destroyed || res.headersSent) return;
  const text = plain === true ? String(body) : JSON.stringify(body);
  res.writeHead(status, {
    ...headers,
    "content-type": plain === true ? "text/plain; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(text),
  });
  res.end(text);
}
