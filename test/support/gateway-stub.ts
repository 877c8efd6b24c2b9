import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as a small gateway for tests received it. */
interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it is about
  readonly body: any;
  /** True once the client has gone before the answer was whole. */
  left: boolean;
}

/** A gateway that answers each request as the test says. */
export interface Gateway {
  readonly url: string;
  readonly received: Received[];
  stop(): Promise<void>;
}

export type Answerer = (response: ServerResponse, request: Received) => void | Promise<void>;

export async function startGateway(answer: Answerer): Promise<Gateway> {
  const received: Received[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const one = {
      path: request.url ?? "",
      headers: request.headers,
      body: text ? JSON.parse(text) : null,
      left: false,
    };
    received.push(one);
    response.on("close", () => {
      one.left = !response.writableFinished;
    });
    await answer(response, one);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => response.destroy(error));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export const json = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) =>
  void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

/** A chat event with a piece of text, as it stands in a stream. */
export const piece = (text: string) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
export const DONE = "data: [DONE]\n\n";
export const eventStream = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "text/event-stream" });
