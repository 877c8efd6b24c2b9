import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type KeyLimits, type Proxy as LitellmProxy, startProxy } from "../support/proxy.js";
import type { Release } from "../support/releases.js";
import { aboutRequests, whichRedisRequests } from "./about.js";
import { adminRequests } from "./admin.js";
import { cells, traces } from "./counters.js";
import { type Exchange, exchange, type Request } from "./exchange.js";
import { expectFixture, expectRecord, isRecorded } from "./fixture.js";
import { type RefusalKeys, refusals } from "./refusals.js";

const keys: RefusalKeys = {
  parallel: "sk-one-call-at-once-0001",
  requests: "sk-one-request-a-minute",
  tokens: "sk-one-token-a-minute-1",
  free: "sk-no-limit-at-all-0001",
};
const limits = {
  [keys.parallel]: { max_parallel_requests: 1 },
  [keys.requests]: { rpm_limit: 1 },
  [keys.tokens]: { tpm_limit: 1 },
  [keys.free]: { max_parallel_requests: 100 },
};

/** Asks one after another; keys that LiteLLM makes up on the way are told apart, so that no fixture holds one. */
export async function askAll(proxy: LitellmProxy, requests: readonly (readonly [string, Request])[]) {
  const found: Exchange[] = [];
  const secrets: string[] = [];
  for (const [name, request] of requests) {
    const answer = await exchange(proxy, name, request);
    found.push(answer);
    const made = /"key":\s*"(sk-[^"]+)"/.exec(answer.response.body)?.[1];
    if (made && !JSON.stringify(request).includes(made)) secrets.push(made);
  }
  return { found, secrets };
}

async function make(proxy: LitellmProxy, wanted: Record<string, KeyLimits>): Promise<void> {
  for (const [key, limit] of Object.entries(wanted)) {
    const body = { key, ...limit };
    const made = await exchange(proxy, "create", { method: "POST", path: "/key/generate", asker: "admin", body });
    if (made.response.status !== 200) throw new Error(made.response.body);
  }
}

/** One release, with its database, against its fixtures. `away`: also how it tells of a Redis that is away, recorded for the releases that always run. */
export function contractOf(version: Release, { away = true } = {}) {
  describe(`LiteLLM ${version}`, () => {
    let proxy: LitellmProxy;
    beforeAll(async () => {
      proxy = await startProxy({ version, database: true });
    }, 180_000);
    afterAll(() => proxy?.stop());

    test("answers the admin API as recorded", async () => {
      const { found, secrets } = await askAll(proxy, adminRequests);
      await expectFixture(`admin-${version}`, found, secrets);
    });

    test("leaves in Redis what was recorded after every kind of call", async () => {
      await make(proxy, Object.fromEntries(cells.map(({ key, limits }) => [key, limits])));
      const redis = new Redis(proxy.redis.url);
      try {
        const record = `counters-${version}`;
        await expectRecord(record, await traces(proxy, redis, await isRecorded(record)));
      } finally {
        redis.disconnect();
      }
    });

    test("refuses calls and tells of itself as recorded", async () => {
      await make(proxy, limits);
      await expectFixture(`refusals-${version}`, await refusals(proxy, keys));
      const { found } = await askAll(proxy, aboutRequests(keys.free));
      await expectFixture(`about-${version}`, found);
    });

    if (!away) return;
    // The last one: nothing else works after it.
    test("tells of a Redis that is away as recorded", async () => {
      await proxy.redis.kill();
      const { found } = await askAll(proxy, whichRedisRequests);
      await expectFixture(`redis-away-${version}`, found);
    });
  });
}
