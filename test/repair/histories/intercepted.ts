import { readdirSync } from "node:fs";
import type { Redis } from "ioredis";
import type { RedisConnection } from "../../../src/redis/connect.js";
import { loadScript } from "../../../src/redis/scripts.js";

const folders = ["litellm", "litellm/counters"].map((name) => new URL(`../../../src/${name}/`, import.meta.url).href);
const scripts = folders.flatMap((folder) =>
  readdirSync(new URL("lua/", folder)).map((file) => loadScript(folder, file.replace(".lua", ""))),
);

/** One command of a doctor. */
export interface Call {
  /** Name of the script, or `scan`. */
  readonly what: string;
  readonly key: string | undefined;
  /** As it will be sent: script, number of keys, keys, arguments. */
  readonly words: unknown[];
}

export type Around = (call: Call, send: () => Promise<unknown>) => Promise<unknown>;

export interface Intercepted {
  readonly redis: RedisConnection;
  /** Cuts the connections that were made beside it: those of its lock. */
  cutCopies(): void;
  /** Resolves when no command is under way; never, where one was held for good. */
  drained(): Promise<unknown>;
}

/** A connection whose scripts and scans go through `around`, one at a time: whatever that does stands between two commands of the doctor. */
export function intercept(plain: RedisConnection, around: Around): Intercepted {
  let last: Promise<unknown> = Promise.resolve();
  const copies: Redis[] = [];
  const one = (call: Call, send: () => Promise<unknown>) => {
    const result = last.then(() => around(call, send));
    last = result.catch(() => undefined);
    return result;
  };
  const client = new Proxy(plain.client, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name === "duplicate") {
        return (...words: []) => {
          const copy = (target as Redis).duplicate(...words);
          copies.push(copy);
          return copy;
        };
      }
      if (name !== "scan" && name !== "evalsha" && name !== "eval" && name !== "callBuffer") return value.bind(target);
      return (...words: unknown[]) => one(callOf(String(name), words), () => value.apply(target, words));
    },
  });
  const redis: RedisConnection = { ...plain, client, nodes: () => [client as Redis] };
  return { redis, cutCopies: () => copies.forEach((copy) => void copy.disconnect()), drained: () => last };
}

function callOf(name: string, words: unknown[]): Call {
  if (name === "scan") return { what: "scan", key: undefined, words: [] };
  const [text, count, key] = name === "callBuffer" ? words.slice(1) : words;
  const script = scripts.find(({ sha, source }) => sha === text || source === text);
  if (!script) throw new Error(`a doctor ran a script that is not in ${folders.join(" or ")}`);
  return { what: script.name, key: Number(count) > 0 ? String(key) : undefined, words };
}
