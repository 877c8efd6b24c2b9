import { expect } from "vitest";
import type { Route } from "../contract/calls.js";
import { call } from "../contract/calls.js";
import type { OwnedKey } from "../support/operator.js";
import type { Proxy as LitellmProxy } from "../support/proxy.js";

interface Options {
  text?: string;
  model?: string;
}

/** One call on a connection of its own, so that calls spread over the workers as those of many clients do. Its HTTP status; 0 when it broke. */
export async function callAnew(
  proxy: LitellmProxy,
  key: OwnedKey,
  route: Route,
  { text = "hello", model }: Options = {},
): Promise<number> {
  const { path, body } = call(key.secret, route, text, model === undefined ? {} : { model });
  const { request } = await import("undici");
  try {
    const { statusCode, body: answer } = await request(`${proxy.url}${path}`, {
      method: "POST",
      reset: true,
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: { authorization: `Bearer ${key.secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await answer.dump();
    return statusCode;
  } catch {
    return 0;
  }
}

/** Calls one after another. */
export async function inTurn(count: number, one: () => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  for (let calls = 0; calls < count; calls++) statuses.push(await one());
  return statuses;
}

export const count = (statuses: readonly number[], status: number): number =>
  statuses.filter((each) => each === status).length;

/** So many calls at once, each of which takes `ms`: how many were let in, and the most that the provider served at once. */
export async function burst(
  proxy: LitellmProxy,
  key: OwnedKey,
  { calls, ms = 2000, route = "chat" }: { calls: number; ms?: number; route?: Route },
): Promise<{ admitted: number; peak: number }> {
  await expect.poll(() => proxy.upstream.stats.inFlight, { timeout: 60_000 }).toBe(0);
  proxy.upstream.reset();
  const text = `wait=${ms}`;
  const statuses = await Promise.all(Array.from({ length: calls }, () => callAnew(proxy, key, route, { text })));
  return { admitted: count(statuses, 200), peak: proxy.upstream.stats.peak };
}
