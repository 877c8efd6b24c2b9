import { afterAll, beforeAll, expect, test } from "vitest";
import { readNamedKeys } from "../../src/litellm/counters/scan.js";
import { parallelKey, parseKeyName } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { member, openServerFixture, type ServerFixture } from "../support/doctor-fixture.js";

let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await openServerFixture();
});
afterAll(() => fixture?.close());

const COUNTERS = 250;
const names = Array.from({ length: COUNTERS }, (_, at) => parallelKey(ownerOfSecret(`sk-key-${at}`)));
const keyNames = names.map(parseKeyName).filter((name) => name !== undefined);

/** How many scripts the server has run up to now. */
async function scriptsRun(): Promise<number> {
  const info = await fixture.redis.client.info("commandstats");
  return [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

test("counters are read again in batches, as they are now; what is gone is left out", async () => {
  const { client } = fixture.redis;
  await client.flushall();
  for (const name of names.slice(1)) await client.set(name, "3");
  await client.del(names[1] as string);
  await client.zadd(names[1] as string, 1_790_000_000, member(1), 1_790_000_001, member(2));
  const before = await scriptsRun();
  const keys = await readNamedKeys(fixture.redis, keyNames, 10);
  // One of the calls may say that the server does not know the script yet.
  expect((await scriptsRun()) - before).toBeLessThanOrEqual(COUNTERS / 100 + 2);
  expect(keys.map(({ name }) => name.name)).toEqual(names.slice(1));
  expect(keys[0]?.reading.members.map(({ id }) => id)).toEqual([member(1), member(2)]);
  expect(keys.slice(1).every(({ reading }) => reading.value === "3")).toBe(true);
});

test("a diagnosis that observed reads its counters again in batches", async () => {
  const { client } = fixture.redis;
  await client.flushall();
  for (const name of names) await client.set(name, "3");
  // The first one teaches the server the scripts.
  await fixture.doctor({ limit: "3", observe: "0s" });
  await client.config("RESETSTAT");
  const { document } = await fixture.doctor({ limit: "3", observe: "0s" });
  expect(document.repairs).toEqual([]);
  // Three to find them, one each to observe, three to read them again; one by one they would be another 250.
  expect(await scriptsRun()).toBeLessThan(COUNTERS + 20);
});
