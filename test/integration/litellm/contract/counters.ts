import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { KeyLimits, Proxy as LitellmProxy } from "../support/proxy.js";
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
  "cut by the provider": { text: "chunks=4 gap=200 cut", stream: true },
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
  ending: string;
}

/** Every route, ended in every way, each with a key of its own. */
export const cells: readonly Cell[] = Object.entries(limits).flatMap(([kind, keyLimits]) =>
  Object.entries(routes).flatMap(([routeName, [route, ownModel]]) =>
    Object.entries(endings).map(([ending, { text, stream = false, leave = false, model = ownModel }]) => {
      const name = `${kind}, ${routeName}, ${ending}`;
      const key = `sk-${name.replace(/\W+/g, "-").padEnd(20, "x")}` as const;
      return { name, key, limits: keyLimits, leave, ending, request: call(key, route, text, { stream, model }) };
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

const startOf = (key: string) => `{api_key:${createHash("sha256").update(key).digest("hex")}}:`;

async function traceOf(redis: Redis, { name, key, ending }: Cell, status: number): Promise<Trace> {
  const start = startOf(key);
  const left: Record<string, Counter> = {};
  for (const each of (await redis.keys(`${start}*`)).sort()) {
    const last = each.slice(start.length);
    const type = await redis.type(each);
    const value = type === "zset" ? `${await redis.zcard(each)} members` : ((await redis.get(each)) ?? "");
    left[last] = { type, value: steadyValue(last, value, ending), ttl: given(await redis.ttl(each)) };
  }
  return { name, status, left };
}

/** A window begins at a time; how much of a broken stream was seen, and counted in tokens, depends on the machine. */
const steadyValue = (last: string, value: string, ending: string) =>
  last === "window" ? "" : last === "tokens" && /cut|left/.test(ending) ? "some" : value;

async function sendAll(proxy: LitellmProxy, some: readonly Cell[]): Promise<Map<Cell, number>> {
  const statuses = new Map<Cell, number>();
  const waiting = [...some];
  const sender = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) statuses.set(cell, await send(proxy, cell));
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  return statuses;
}

/**
 * Sends every cell's one call, a few at a time, and reads what it left: four seconds later, or up to twenty, for late releases on a busy
 * machine, until it is what was expected. What differs is played twice more: where a stream is cut, LiteLLM now and then answers 500, or
 * forgets to give back, when it has not come to passing on the first piece.
 */
export async function traces(
  proxy: LitellmProxy,
  redis: Redis,
  asExpected: (seen: Trace) => boolean = () => true,
): Promise<Trace[]> {
  const found = new Map<Cell, Trace>();
  let open: readonly Cell[] = cells;
  for (let tries = 0; tries < 3 && open.length > 0; tries++) {
    for (const { key } of tries > 0 ? open : []) await redis.del(...(await redis.keys(`${startOf(key)}*`)), "-");
    const statuses = await sendAll(proxy, open);
    const ended = performance.now();
    await sleep(4000);
    while (open.length > 0 && performance.now() - ended < 20_000) {
      const seen = await Promise.all(open.map((cell) => traceOf(redis, cell, statuses.get(cell) ?? 0)));
      for (const [at, cell] of open.entries()) found.set(cell, seen[at] as Trace);
      open = open.filter((_, at) => !asExpected(seen[at] as Trace));
      if (open.length > 0) await sleep(1000);
    }
  }
  return cells.map((cell) => found.get(cell) as Trace);
}
