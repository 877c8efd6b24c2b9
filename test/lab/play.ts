import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Step } from "./scenes.js";

/** A proxy, real or not, as a scene sees it. */
export interface Stage {
  readonly url: string;
  readonly redis: Redis;
}

const MODELS: Record<string, string> = { gpt: "gpt-lab", claude: "claude-lab", none: "no-such-model" };
const PATHS: Record<string, string> = {
  chat: "/v1/chat/completions",
  messages: "/v1/messages",
  responses: "/v1/responses",
  completions: "/v1/completions",
};

function request(call: string, words: string, stream: boolean) {
  const [route = "", other] = call.split(">");
  const model = other === undefined ? (route === "messages" ? "claude-lab" : "gpt-lab") : MODELS[other];
  const content = `please answer ${words}`.trim();
  const said = { max_tokens: 16, messages: [{ role: "user", content }] };
  const asked = route === "responses" ? { input: content } : route === "completions" ? { prompt: content } : said;
  return { path: PATHS[route], body: { model, stream, ...asked } };
}

async function send({ url }: Stage, key: string, step: { call: string; words?: string; stream?: true; leave?: true }) {
  const { path, body } = request(step.call, step.words ?? "", step.stream ?? false);
  const left = new AbortController();
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    signal: left.signal,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (step.leave) {
    await response.body?.getReader().read();
    left.abort();
  } else await response.text();
  return response.status;
}

/** Plays steps one by one on one stage. */
export class Player {
  readonly #stage: Stage;
  readonly #key: string;
  #held: Promise<number>[] = [];

  constructor(stage: Stage, key: string) {
    this.#stage = stage;
    this.#key = key;
  }

  /** The statuses of the calls that ended in this step. */
  async play(step: Step): Promise<number[]> {
    if ("call" in step) return [await send(this.#stage, this.#key, step)];
    if ("pause" in step) {
      await sleep(step.pause);
      return [];
    }
    if ("land" in step) return Promise.all(this.#held.splice(0));
    for (const call of step.hold) {
      this.#held.push(send(this.#stage, this.#key, { call, words: `wait=${step.ms}` }));
      await sleep(150);
    }
    await sleep(500);
    return [];
  }

  /** Every limiter key of the key: a set by its members' form and number, a window by its start. */
  async counters(): Promise<Record<string, Counter>> {
    const { redis } = this.#stage;
    const owner = `{api_key:${createHash("sha256").update(this.#key).digest("hex")}}:`;
    const found: Record<string, Counter> = {};
    for (const name of (await redis.keys(`*${owner}*`)).sort()) {
      const type = await redis.type(name);
      const value = type === "zset" ? await members(redis, name) : await redis.get(name);
      const ttl = await redis.ttl(name);
      if (ttl !== -2 && value !== null) found[name.replace(owner, "")] = { type, value, ttl };
    }
    return found;
  }
}

export interface Counter {
  readonly type: string;
  readonly value: string;
  /** Seconds; −1 = none. */
  readonly ttl: number;
}

async function members(redis: Redis, name: string): Promise<string> {
  const flat = await redis.zrange(name, "0", "-1", "WITHSCORES");
  const [now] = await redis.time();
  const forms = flat.map((text, i) => {
    if (i % 2 === 0) return /^[0-9a-f]{32}$/.test(text) ? "id" : text;
    return /^\d+$/.test(text) && Math.abs(Number(now) - Number(text)) < 30 ? "start" : text;
  });
  return `${flat.length / 2} members ${[...new Set(forms)].join(" ")}`;
}

/** What differs, by counter; empty when nothing does. Times may differ by two seconds. */
export function difference(
  real: Record<string, Counter>,
  lab: Record<string, Counter>,
  tokens: boolean,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(real), ...Object.keys(lab)])) {
    const [theirs, ours] = [real[name], lab[name]];
    const near = (a = 0, b = 0) => Math.abs(a - b) <= 2 && a < 0 === b < 0;
    const same =
      theirs?.type === ours?.type &&
      near(theirs?.ttl, ours?.ttl) &&
      (name.endsWith("window")
        ? near(Number(theirs?.value), Number(ours?.value))
        : theirs?.value === ours?.value ||
          (name.endsWith("tokens") && !tokens && theirs !== undefined && ours !== undefined));
    if (!same) found[name] = { real: theirs, lab: ours };
  }
  return found;
}
