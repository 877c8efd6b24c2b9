import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ask } from "../support/customer.js";
import type { OwnedKey } from "../support/operator.js";
import type { Scene } from "../support/scene.js";

/** Calls too short to overlap prove nothing. */
const slowly = ["--prompt", "wait=500"];

const leak = { model: "claude-lab" };

/** Slots that /v1/responses with an Anthropic-backed model leaves behind on 1.95.0. */
export function leakedSlotsStory(scene: Scene) {
  let probed: OwnedKey;

  test("probe names the slots that responses leaks, and finds none on messages and chat", async () => {
    const { operator } = scene;
    probed = await operator.createKey("probed", "--mpr", "3", "--rpm", "1000");
    for (const endpoint of ["/v1/messages", "/v1/chat/completions"]) {
      const healthy = await operator.run("probe", endpoint, "--key-file", probed.file, ...slowly);
      expect(healthy.json().verdict).toMatchObject({ status: "healthy", findings: [] });
      expect(healthy.status).toBe(0);
    }
    const flags = ["--model", "claude-lab", "--key-file", probed.file];
    const { status, json } = await operator.run("probe", "/v1/responses", ...flags);
    expect(json().verdict).toMatchObject({
      status: "finding",
      findings: [{ kind: "leak", endpoint: "/v1/responses" }],
    });
    expect(status).toBe(3);
    const leaked = json().slots.leaked.map(({ id }: { id: string }) => id);
    expect(leaked.sort()).toEqual((await operator.redis.zrange(probed.counter, "0", "-1")).sort());
    expect(leaked).toHaveLength(3);
  });

  test("dump shows the key full of slots, with their age", async () => {
    const { operator } = scene;
    const { status, json } = await operator.run("dump", probed.hash, "--slots");
    expect(status).toBe(0);
    const [row] = json().keys;
    expect(row).toMatchObject({ key: probed.counter, shape: "slots", type: "zset", held: 3, limit: 3, state: "full" });
    expect(row.slots).toHaveLength(3);
    expect(row.oldestMs).toBeGreaterThan(0);
    expect(row.ttlMs).toBeLessThanOrEqual(3_600_000);
  });

  test("doctor --fix removes what the recorded probe proved, and says that the worker may refuse for an hour", async () => {
    const { operator, proxy } = scene;
    const { status, stdout, stderr, json } = await operator.run("doctor", "--fix", "--yes", "--key", probed.hash);
    expect(json().repairs, stderr).toMatchObject([{ key: probed.counter, status: "done" }]);
    expect(status).toBe(0);
    expect(await operator.redis.exists(probed.counter)).toBe(0);
    expect(stdout + stderr).toMatch(/60 min|1 ?h|3600 ?s/);

    expect(await ask(proxy, probed, "chat")).toBe(429);
    // The way out that litellm.md proves: a higher limit for one call.
    for (const limit of ["4", "3"]) {
      expect((await operator.run("keys", "update", "probed", "--mpr", limit)).status).toBe(0);
      expect(await ask(proxy, probed, "chat")).toBe(200);
    }
  });

  test("doctor --fix --older-than removes dead slots and leaves the live one of the same key", async () => {
    const { operator, proxy } = scene;
    const key = await operator.createKey("shared", "--mpr", "3", "--rpm", "1000");
    for (let calls = 0; calls < 2; calls++) expect(await ask(proxy, key, "responses", "hello", leak)).toBe(200);
    const dead = await operator.redis.zrange(key.counter, "0", "-1");
    expect(dead).toHaveLength(2);
    await sleep(20_000);
    const live = ask(proxy, key, "chat", "wait=25000");
    await expect.poll(() => operator.redis.zcard(key.counter)).toBe(3);
    expect(await ask(proxy, key, "chat")).toBe(429);

    const look = await operator.run("doctor", "--fix", "--dry-run", "--older-than", "15s", "--key", key.hash);
    expect(look.json().repairs).toMatchObject([{ key: key.counter, status: "planned" }]);
    expect(look.status).toBe(3);
    expect(await operator.redis.zcard(key.counter)).toBe(3);

    const { status, json } = await operator.run("doctor", "--fix", "--yes", "--older-than", "15s", "--key", key.hash);
    expect(json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(status).toBe(0);
    const left = await operator.redis.zrange(key.counter, "0", "-1");
    expect(left).toHaveLength(1);
    expect(dead).not.toContain(left[0]);

    expect(await live).toBe(200);
    await expect.poll(() => operator.redis.exists(key.counter), { timeout: 5000 }).toBe(0);
    expect(await ask(proxy, key, "chat")).toBe(200);

    const again = await operator.run("doctor", "--fix", "--yes", "--older-than", "15s");
    expect(again.json().repairs).toEqual([]);
    expect(again.status).toBe(0);
  });
}
