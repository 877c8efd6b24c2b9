import { Agent, fetch as fetchBy } from "undici";
import { LitellmApi } from "./http.js";
import { changeKey, planUpdate } from "./key-changes.js";
import { findKey } from "./keys.js";

/** The key API over a new connection for each request, so that requests spread over a proxy's workers. */
export interface UnpooledAdmin {
  /** The key's limit; null for none. */
  limit(token: string): Promise<number | null>;
  /** Sets the limit repeatedly, so that each worker very likely receives the change. */
  setLimit(token: string, limit: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Half of a sweep's number: a worker that none of them reaches is noticed by a call, and the limit is written again.
 */
const WRITES_PER_WORKER = 5;

/**
 * A change applies at once in the worker that receives it, and elsewhere only when that worker's cached row is 60 s old
 * (<= 1.108). Written several times over new connections it applies everywhere at once: on 1.95.0 with two workers 0.8
 * s instead of a minute. The writes are consecutive: alternating with calls, they would all reach the same worker.
 */
export function createUnpooledAdmin(
  { baseUrl, apiKey, timeoutMs }: { baseUrl: string; apiKey: string; timeoutMs: number },
  workers: number,
): UnpooledAdmin {
  const { fetch, close } = unpooledFetch();
  const api = new LitellmApi({ baseUrl, apiKey, timeoutMs, fetch });
  const writes = workers === 1 ? 1 : WRITES_PER_WORKER * workers;
  return {
    limit: async (token) => (await findKey(api, token)).row.max_parallel_requests ?? null,
    async setLimit(token, limit) {
      const change = planUpdate(token, { max_parallel_requests: limit });
      for (let write = 0; write < writes; write++) await changeKey(api, token, change);
    },
    close,
  };
}

/** A fetch with a new connection for each request. */
export function unpooledFetch(): { fetch: typeof globalThis.fetch; close(): Promise<void> } {
  // Without pipelining undici closes the connection after each request.
  const agent = new Agent({ pipelining: 0 });
  const fetch = ((url: URL, init: object) => fetchBy(url, { ...init, dispatcher: agent })) as typeof globalThis.fetch;
  return { fetch, close: () => agent.close() };
}
