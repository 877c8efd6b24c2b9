import { readFile } from "node:fs/promises";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { cells, traces } from "../integration/litellm/contract/counters.js";
import { labAsProxy, VERSIONS } from "./as-proxy.js";

const recorded = async (version: string) =>
  JSON.parse(
    await readFile(new URL(`../integration/litellm/fixtures/counters-${version}.json`, import.meta.url), "utf8"),
  ) as Awaited<ReturnType<typeof traces>>;

/** One line a call, so that a difference can be read. */
const lines = (all: Awaited<ReturnType<typeof traces>>) =>
  all.map(({ name, status, left }) => {
    const keys = Object.entries(left).map(([key, { type, value, ttl }]) => `${key} ${type} ${value} ttl ${ttl}`);
    return [name, status, ...keys].join(" | ");
  });

describe.concurrent("what a call leaves in Redis", { timeout: 60_000 }, () => {
  test.each(VERSIONS)("is what LiteLLM %s left there, on every route and for every ending", async (version) => {
    const { lab, proxy } = await labAsProxy(version);
    const redis = new Redis(lab.redisUrl);
    try {
      for (const { key, limits } of cells) Object.assign(lab.keys.add(key, Date.now()) ?? {}, limits);
      const seen = await traces(proxy, redis, () => true);
      const real = await recorded(version);
      expect(lines(seen)).toEqual(lines(real));
    } finally {
      redis.disconnect();
      await lab.stop();
    }
  });
});
