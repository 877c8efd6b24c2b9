import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { KeyLimits, Proxy as LitellmProxy } from "../proxy.js";
import { call, type Route } from "./calls.js";
import { exchange, type Request } from "./exchange.js";

/** One key of the limiter: its type, how much it holds (a sorted set: how many members), and the expiry it was given, in seconds. */
interface Counter {
  type: string;
  value: string;
  ttl: number;
}

/** What a call left in Redis, by the last part of the Redis key; the start of a window is left out, it is a time. */
interface Trace {
  name: string;
  status: number;
  left: Record<string, Counter>;
}

/** Which model answers on a route: `>` marks a route served by the other provider's model. */
const routes: Record<string, [Route, string]> = {
  chat: ["chat", "gpt-lab"],
  messages: ["messages", "claude-lab"],
  responses: ["responses", "gpt-lab"],
  completions: ["completions", "gpt-lab"],
  "chat>claude": ["chat", "claude-lab"],
  "messages>gpt": ["messages", "gpt-lab"],
  "responses>claude": ["responses", "claude-lab"],
};

const endings: Record<string, { text: string; stream?: boolean; leave?: boolean; model?: string }> = {
  completed: { text: "hello" },
  streamed: { text: "hello", stream: true },
  "provider 500": { text: "status=500" },
  "cut by the provider": { text: "chunks=10 gap=20 cut", stream: true },
  "left in mid-stream": { text: "chunks=40 gap=50", stream: true, leave: true },
  "unknown model": { text: "hello", model: "no-such-model" },
};

const limits: Record<string, KeyLimits> = {
  mpr: { max_parallel_requests: 10 },
  "mpr and rpm": { max_parallel_requests: 10, rpm_limit: 1000 },
};

interface Cell {
  name: string;
  key: `sk-${string}`;
  limits: KeyLimits;
  request: Request;
  leave: boolean;
}

/** Every route, ended in every way, each with a key of its own. */
export const cells: readonly Cell[] = Object.entries(limits).flatMap(([kind, keyLimits]) =>
  Object.entries(routes).flatMap(([routeName, [route, ownModel]]) =>
    Object.entries(endings).map(([ending, { text, stream = false, leave = false, model = ownModel }]) => {
      const name = `${kind}, ${routeName}, ${ending}`;
      const key = `sk-${name.replace(/\W+/g, "-").padEnd(20, "x")}` as const;
      return { name, key, limits: keyLimits, leave, request: call(key, route, text, { stream, model }) };
    }),
  ),
);

async function send(proxy: LitellmProxy, { name, request, leave }: Cell): Promise<number> {
  if (!leave) return (await exchange(proxy, name, request)).response.status;
  const left = new AbortController();
  const response = await fetch(proxy.url + request.path, {
    method: request.method,
    signal: left.signal,
    headers: { "content-type": "application/json", authorization: `Bearer ${request.asker}` },
    body: JSON.stringify(request.body),
  });
  await response.body?.getReader().read();
  left.abort();
  return response.status;
}

/** The expiry that a key was given, from what is left of it a few seconds later. */
const given = (left: number) => [60, 3600].find((ttl) => left > ttl - 50 && left <= ttl) ?? left;

async function tracesOf(redis: Redis, key: string): Promise<Record<string, Counter>> {
  const start = `{api_key:${createHash("sha256").update(key).digest("hex")}}:`;
  const found: Record<string, Counter> = {};
  for (const name of (await redis.keys(`${start}*`)).sort()) {
    const last = name.slice(start.length);
    const type = await redis.type(name);
    const value = type === "zset" ? `${await redis.zcard(name)} members` : ((await redis.get(name)) ?? "");
    found[last] = { type, value: last === "window" ? "" : value, ttl: given(await redis.ttl(name)) };
  }
  return found;
}

/** Sends every cell's one call, a few at a time, and reads what they left once all late releases are in. */
export async function traces(proxy: LitellmProxy, redis: Redis): Promise<Trace[]> {
  const statuses = new Map<Cell, number>();
  const waiting = [...cells];
  const sender = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) statuses.set(cell, await send(proxy, cell));
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  await sleep(4000);
  const found: Trace[] = [];
  for (const cell of cells) {
    found.push({ name: cell.name, status: statuses.get(cell) ?? 0, left: await tracesOf(redis, cell.key) });
  }
  return found;
}
