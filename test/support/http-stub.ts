import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface WebRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined without a body. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it is about
  readonly body: any;
}

export interface WebReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless it is a text. */
  readonly body?: unknown;
  /** Milliseconds before the answer. */
  readonly after?: number;
}

/** A server on loopback that answers as a test says, and remembers what it was asked. */
export interface Web extends AsyncDisposable {
  readonly url: string;
  readonly asked: WebRequest[];
}

export async function startWeb(answer: (request: WebRequest) => WebReply): Promise<Web> {
  const asked: WebRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    asked.push(request);
    const { status = 200, headers = {}, body = {}, after = 0 } = answer(request);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const type = typeof body === "string" ? "text/html" : "application/json";
    setTimeout(() => response.writeHead(status, { "content-type": type, ...headers }).end(text), after);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, [Symbol.asyncDispose]: () => stop(server) };
}

async function read(incoming: IncomingMessage): Promise<WebRequest> {
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://web");
  return {
    method: incoming.method ?? "",
    path: pathname,
    query: searchParams,
    body: text ? JSON.parse(text) : undefined,
  };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
