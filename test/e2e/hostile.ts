import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request to this path is answered with, as JSON with status 200. */
export type Answer = (path: string) => object;

/** A server that says whatever a test wants, and keeps all that is sent to it. */
export interface Hostile {
  readonly url: string;
  /** Connections that were opened, also those without a request. */
  connections(): number;
  /** Each request as it came: its first line, headers and body. */
  received(): string;
  stop(): Promise<void>;
}

export async function startHostile(answer: Answer): Promise<Hostile> {
  let connections = 0;
  const received: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await request.toArray()).toString();
      const headers = request.rawHeaders.join("\n");
      received.push(`${request.method} ${request.url}\n${headers}\n${body}`);
      const text = JSON.stringify(answer(request.url ?? ""));
      response.writeHead(200, { "content-type": "application/json" }).end(text);
    })();
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    received: () => received.join("\n\n"),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
