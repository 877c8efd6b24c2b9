import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startCustomer } from "../support/customer.js";
import type { OwnedKey } from "../support/operator.js";
import { sceneOf } from "../support/scene.js";
import { burst, callAnew, inTurn } from "./calls.js";

/** Sick, found, repaired in Redis, still refused by two workers' memory, freed there too, and taken back. */
describe("LiteLLM 1.95.0 with two workers: copies that outlive a repair", () => {
  const scene = sceneOf("1.95.0", { database: true, workers: 2 });
  let key: OwnedKey;
  let backups: string[] = [];
  const leak = () => callAnew(scene.proxy, key, "responses", { model: "claude-lab" });
  const chat = () => callAnew(scene.proxy, key, "chat");
  const fix = () => scene.operator.run("doctor", "--fix", "--idle", "--yes", "--key", key.hash);

  test("slots leak through both workers; doctor frees Redis, and both go on refusing", async () => {
    const { operator } = scene;
    key = await operator.createKey("shared", "--mpr", "3", "--rpm", "100000");
    for (let rounds = 0; rounds < 4; rounds++) {
      while ((await operator.redis.zcard(key.counter)) < 3) await leak();
      const { json, status, stderr } = await fix();
      expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
      expect(status).toBe(0);
      backups = [...backups, json().backup];
      if (!(await inTurn(12, chat)).includes(200)) break;
    }
    expect(await inTurn(12, chat)).toEqual(Array(12).fill(429));
    expect(await operator.redis.exists(key.counter)).toBe(0);
  });

  test("doctor finds by one call that memory refuses it, and says for how long", async () => {
    const { status, json } = await scene.operator.run("doctor", "--try-key", "--key-file", key.file);
    const [check] = json().checks.filter(({ id }: { id: string }) => id === "mirrors");
    expect(check).toMatchObject({ status: "fail", findings: [{ key: key.counter }] });
    expect(check.findings[0].text).toMatch(/Redis holds 0 of 3.*an hour/);
    expect(status).toBe(3);
  });

  test("--refresh-mirrors frees it beside the traffic of another key, in seconds, and the limit is as before", async () => {
    const { operator, proxy } = scene;
    const other = await operator.createKey("other", "--mpr", "3");
    const customer = startCustomer({ proxy, key: other, route: "chat", text: "wait=200", pause: 50 });
    proxy.upstream.reset();
    const flags = ["--key-file", key.file, "--workers", "2", "--yes"];
    const began = performance.now();
    const { status, json, stderr } = await operator.run("doctor", "--refresh-mirrors", ...flags);
    const tookMs = performance.now() - began;
    expect(json().repairs, stderr).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status, stderr).toBe(0);
    // One call of the key at a time, and one of the other.
    expect(proxy.upstream.stats.peak).toBeLessThanOrEqual(2);
    await customer.leave();
    expect(new Set(customer.statuses)).toEqual(new Set([200]));
    const shown = await operator.run("keys", "show", "shared");
    expect(shown.json().key.max_parallel_requests).toBe(3);
    expect(await inTurn(24, chat)).toEqual(Array(24).fill(200));
    expect(await burst(proxy, key, { calls: 9 })).toEqual({ admitted: 3, peak: 3 });
    console.log(`refresh: ${Math.round(tookMs)} ms`);
  });

  test("a second refresh finds nothing to do", async () => {
    await sleep(2000);
    const flags = ["--key-file", key.file, "--workers", "2", "--yes"];
    const { status, json } = await scene.operator.run("doctor", "--refresh-mirrors", ...flags);
    expect(json().repairs).toEqual([]);
    expect(status).toBe(0);
  });

  test("undo brings the leaked slots back, and the next repair frees the key again", async () => {
    const { operator, proxy } = scene;
    const id = /([\w-]+)\.json$/.exec(backups.at(-1) ?? "")?.[1] ?? "";
    const undone = await operator.run("doctor", "undo", id, "--yes");
    expect(undone.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(await operator.redis.zcard(key.counter)).toBe(3);
    expect(await inTurn(4, chat)).toEqual([429, 429, 429, 429]);
    expect((await fix()).status).toBe(0);
    // Refusals by Redis never write a copy, so no worker remembers.
    expect(await inTurn(12, chat)).toEqual(Array(12).fill(200));
    expect(await burst(proxy, key, { calls: 9 })).toEqual({ admitted: 3, peak: 3 });
  });
});
