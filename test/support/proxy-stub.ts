import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hash } from "./doctor-fixture.js";

export interface StubAnswers {
  version?: string;
  /** `_v3` when left out. */
  limiter?: "v3" | "minute";
  /** The key of the fixture, without a limit, when left out. */
  keys?: readonly {
    token: string;
    key_alias?: string;
    max_parallel_requests?: number | null;
    rpm_limit?: number;
    tpm_limit?: number | null;
  }[];
  /** More paths; a function is asked anew each time. */
  paths?: Readonly<Record<string, { status?: number; body: unknown }>>;
}

export interface ProxyStub {
  readonly baseUrl: string;
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A proxy that tells what a test wants to be told, and nothing else: 404 as FastAPI says it. */
export async function startProxyStub(answers: StubAnswers): Promise<ProxyStub> {
  const { version = "1.79.1", limiter = "v3", keys = [{ token: hash }], paths = {} } = answers;
  const handler = limiter === "v3" ? "_PROXY_MaxParallelRequestsHandler_v3" : "_PROXY_MaxParallelRequestsHandler";
  const readiness = {
    status: "healthy",
    db: "connected",
    cache: "redis",
    litellm_version: version,
    success_callbacks: ["cache", handler],
  };
  const bodies: Record<string, { status?: number; body: unknown }> = {
    "/health/readiness": { body: readiness },
    "/health/readiness/details": { body: readiness },
    "/key/list": { body: { keys, total_pages: 1 } },
    ...paths,
  };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://stub");
    asked.push(pathname);
    const { status = 200, body } = bodies[pathname] ?? { status: 404, body: { detail: "Not Found" } };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** As `/cache/redis/info` answers on a proxy that uses this server. */
export const redisInfo = (runId: string, db = 0) => ({
  "/cache/redis/info": {
    body: { num_clients: 1, clients: [{ db: `${db}`, cmd: "client|list" }], info: { run_id: runId } },
  },
});

export const noCache = {
  "/cache/redis/info": {
    status: 500,
    body: { detail: "Service Unhealthy (503: Cache not initialized. litellm.cache is None)" },
  },
};
