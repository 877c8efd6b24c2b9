import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorCode, usageError } from "../errors.js";

export interface ServeSources {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
  /** How long ago the last tick was over, ms; undefined before the first. */
  readonly ageMs: () => number | undefined;
  /** Older than this is not well. */
  readonly oldMs: number;
}

export interface Serving {
  /** `http://127.0.0.1:9464` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves GET /metrics and GET /healthz until it is closed. A port that cannot be had is exit 2. */
export async function serveMetrics(sources: ServeSources): Promise<Serving> {
  const { host, port } = sources;
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") reply(response, 405, "only GET\n");
    else if (path === "/healthz") health(sources, response);
    else if (path === "/metrics") void metrics(sources, response);
    else reply(response, 404, "there is /metrics and /healthz\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(notServed(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function health({ ageMs, oldMs }: ServeSources, response: ServerResponse): void {
  const age = ageMs();
  if (age === undefined) reply(response, 503, "no tick is over yet\n");
  else if (age < oldMs) reply(response, 200, "ok\n");
  else reply(response, 503, `the last tick was over ${Math.round(age / 1000)} s ago\n`);
}

async function metrics({ metrics, contentType }: ServeSources, response: ServerResponse): Promise<void> {
  const text = await metrics();
  response.setHeader("content-type", contentType);
  reply(response, 200, text);
}

function reply(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader("content-type")) response.setHeader("content-type", "text/plain; charset=utf-8");
  response.writeHead(status).end(text);
}

function notServed(error: Error, host: string, port: number) {
  const where = `${host}:${port}`;
  const code = errorCode(error);
  if (code === "EADDRINUSE") {
    return usageError({
      code: "metrics-port",
      message: `the metrics cannot be served: ${where} is in use`,
      hint: "name another port: --metrics-port 0 takes any free one",
      cause: error,
    });
  }
  if (code === "EACCES") {
    return usageError({
      code: "metrics-port",
      message: `the metrics cannot be served on ${where}: not allowed (EACCES)`,
      hint: "use a port above 1023, for example --metrics-port 9464",
      cause: error,
    });
  }
  return usageError({
    code: "metrics-host",
    message: `the metrics cannot be served on ${where}: ${code ?? error.message}`,
    hint: "give an address of this machine: --metrics-host 127.0.0.1, or 0.0.0.0 for all",
    cause: error,
  });
}
