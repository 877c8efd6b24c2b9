import { setTimeout as sleep } from "node:timers/promises";
import type { Proxy as LitellmProxy } from "../support/proxy.js";
import { call, routes } from "./calls.js";
import { type Exchange, exchange } from "./exchange.js";

type Key = `sk-${string}`;

/** Keys for the refusals, each new: one call at once, one request a minute, one token a minute, no limit. */
export interface RefusalKeys {
  parallel: Key;
  requests: Key;
  tokens: Key;
  free: Key;
}

/** Resolves once the provider has `count` calls open. */
export async function untilOpen(proxy: LitellmProxy, count: number): Promise<void> {
  for (let waited = 0; proxy.upstream.stats.inFlight < count; waited += 20) {
    if (waited > 20_000) throw new Error("the call never reached the provider");
    await sleep(20);
  }
}

/** Every route, plain and streaming, with `key`; the models of the other provider as well. */
async function onEveryRoute(proxy: LitellmProxy, why: string, key: Key, text = "hello"): Promise<Exchange[]> {
  const found: Exchange[] = [];
  for (const route of routes) {
    for (const stream of [false, true]) {
      const name = `${why}, ${route}${stream ? ", stream" : ""}`;
      found.push(await exchange(proxy, name, call(key, route, text, { stream })));
    }
  }
  found.push(
    await exchange(proxy, `${why}, messages, OpenAI model`, call(key, "messages", text, { model: "gpt-lab" })),
  );
  found.push(await exchange(proxy, `${why}, chat, Anthropic model`, call(key, "chat", text, { model: "claude-lab" })));
  return found;
}

/** Every route with a key for one call at once, while its one call runs. */
export async function parallelRefusals(proxy: LitellmProxy, key: Key): Promise<Exchange[]> {
  const held = exchange(proxy, "held", call(key, "chat", "wait=4000"));
  await untilOpen(proxy, 1);
  const found = await onEveryRoute(proxy, "parallel", key);
  await held;
  return found;
}

/** Answers 200 first, then every kind of 429 and what looks like one. */
export async function refusals(proxy: LitellmProxy, keys: RefusalKeys): Promise<Exchange[]> {
  const found: Exchange[] = [];
  found.push(...(await onEveryRoute(proxy, "served", keys.free)));

  found.push(...(await parallelRefusals(proxy, keys.parallel)));
  await exchange(proxy, "first", call(keys.requests, "chat", "hello"));
  found.push(...(await onEveryRoute(proxy, "requests", keys.requests)));
  await exchange(proxy, "first", call(keys.tokens, "chat", "hello"));
  await sleep(500); // tokens are counted after the answer
  found.push(...(await onEveryRoute(proxy, "tokens", keys.tokens)));

  found.push(...(await onEveryRoute(proxy, "provider 429", keys.free, "status=429")));
  found.push(...(await onEveryRoute(proxy, "provider 529", keys.free, "status=529")));
  found.push(...(await onEveryRoute(proxy, "provider 500", keys.free, "status=500")));
  const narrow = exchange(proxy, "held", call(keys.free, "chat", "wait=3000", { model: "narrow-lab" }));
  await untilOpen(proxy, 1);
  found.push(await exchange(proxy, "deployment, chat", call(keys.free, "chat", "hello", { model: "narrow-lab" })));
  await narrow;

  for (const route of routes) {
    found.push(
      await exchange(proxy, `unknown model, ${route}`, call(keys.free, route, "hello", { model: "no-such-model" })),
    );
    found.push(await exchange(proxy, `unknown key, ${route}`, call("stranger", route, "hello")));
    found.push(await exchange(proxy, `no key, ${route}`, call("nobody", route, "hello")));
  }
  return found;
}
