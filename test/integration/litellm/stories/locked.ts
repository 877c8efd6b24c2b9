import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { ask, startCustomer } from "../support/customer.js";
import type { OwnedKey } from "../support/operator.js";
import type { Scene } from "../support/scene.js";

/** A key that /v1/messages has locked on 1.79.1: found, explained, freed and proved free. Each test goes on where the one before stopped. */
export function lockedStory(scene: Scene) {
  let stuck: OwnedKey;

  test("three calls lock a key with a limit of two and an rpm limit for good", async () => {
    const { operator, proxy } = scene;
    stuck = await operator.createKey("stuck", "--mpr", "2", "--rpm", "1000");
    for (const status of [200, 200, 429]) expect(await ask(proxy, stuck, "messages")).toBe(status);
    expect(await operator.redis.get(stuck.counter)).toBe("3");
    expect(await operator.redis.ttl(stuck.counter)).toBe(-1);
  });

  test("dump shows its value, that it has no expiry, its limit and its alias", async () => {
    const { operator } = scene;
    const { status, json } = await operator.run("dump", "stuck");
    expect(status).toBe(0);
    expect(json().keys).toMatchObject([
      {
        key: stuck.counter,
        owner: { id: stuck.hash, alias: "stuck" },
        shape: "windowed",
        type: "string",
        held: 3,
        limit: 2,
        ttlMs: -1,
        state: "stuck",
      },
    ]);
  });

  test("probe reports the leak of the locked key", async () => {
    const { operator } = scene;
    const { status, json } = await operator.run("probe", "/v1/messages", "--key-file", stuck.file);
    expect(json().verdict).toMatchObject({ status: "finding", findings: [{ kind: "leak", endpoint: "/v1/messages" }] });
    expect(json().target).toMatchObject({ version: "1.79.1", model: "claude-lab", key: stuck.hash });
    expect(status).toBe(3);
  });

  test("probe reports the leak on a new key, and leaves neither key nor counter behind", async () => {
    const { operator } = scene;
    const { status, json } = await operator.run("probe", "messages", "--temp-key", "--mpr", "2", "--rpm", "1000");
    expect(json().verdict).toMatchObject({ status: "finding", findings: [{ kind: "leak", endpoint: "/v1/messages" }] });
    expect(json().limit).toMatchObject({ value: 2 });
    expect(status).toBe(3);
    expect(await operator.redis.keys(`*${json().target.key}*`)).toEqual([]);
    expect((await operator.run("keys", "show", json().target.key)).status).toBe(2);
  });

  test("probe reports no leak on chat completions", async () => {
    const { operator } = scene;
    const flags = ["--temp-key", "--mpr", "2", "--rpm", "1000", "--prompt", "wait=500"];
    const { status, json } = await operator.run("probe", "chat", ...flags);
    expect(json().verdict).toMatchObject({ status: "healthy", findings: [] });
    expect(status).toBe(0);
  });

  test("doctor names the key, the bug report and the release that mends it, and changes nothing", async () => {
    const { operator } = scene;
    const before = await operator.redis.dumpBuffer(stuck.counter);
    const { status, stdout, json } = await operator.run("doctor", "--longest-call", "60s");
    expect(status).toBe(3);
    const failed = json().checks.filter((check: { status: string }) => check.status === "fail");
    expect(failed.flatMap((check: { findings: { key: string }[] }) => check.findings.map(({ key }) => key))).toContain(
      stuck.counter,
    );
    expect(stdout).toContain("https://github.com/BerriAI/litellm/issues/17323");
    expect(stdout).toContain("1.80.8");
    expect(json().repairs).toMatchObject([{ key: stuck.counter, status: "planned" }]);
    expect(json().backup).toBeNull();
    expect(await operator.redis.dumpBuffer(stuck.counter)).toEqual(before);
  });

  test("doctor --fix frees it under live traffic, says how long a worker may go on refusing, and touches nothing else", async () => {
    const { operator, proxy } = scene;
    const healthy = await operator.createKey("healthy", "--mpr", "2", "--rpm", "1000");
    const slow = await operator.createKey("slow", "--mpr", "2", "--rpm", "1000");
    const slowCall = ask(proxy, slow, "chat", "wait=110000");
    // The pause is for LiteLLM, which gives a slot back a moment after the answer.
    const regular = startCustomer({ proxy, key: healthy, route: "chat", text: "wait=45000", pause: 1000, lanes: 2 });
    const counter = startCustomer({ proxy, key: stuck, route: "messages", pause: 3000, untilAdmitted: true });
    await expect.poll(() => operator.redis.get(healthy.counter)).toBe("2");
    expect(await operator.redis.ttl(healthy.counter)).toBe(-1);

    const { status, stdout, stderr, json } = await operator.run("doctor", "--fix", "--yes", "--longest-call", "60s");
    const repairedAt = performance.now();
    expect(json().repairs, stderr).toMatchObject([{ key: stuck.counter, status: "done" }]);
    expect(status).toBe(0);
    expect((await stat(json().backup)).mode & 0o777).toBe(0o600);
    expect(stdout + stderr).toMatch(/60 ?s/);
    expect(await operator.redis.get(slow.counter)).toBe("1");

    const again = await operator.run("doctor", "--fix", "--yes", "--longest-call", "60s");
    expect(again.json().repairs).toEqual([]);
    expect(again.status).toBe(0);

    await expect.poll(() => counter.admittedAt(), { timeout: 75_000 }).toBeDefined();
    expect((counter.admittedAt() as number) - repairedAt).toBeLessThan(63_000);
    await Promise.all([regular.leave(), counter.leave()]);
    expect(new Set(regular.statuses)).toEqual(new Set([200]));
    expect(await slowCall).toBe(200);
    await expect.poll(() => operator.redis.get(slow.counter)).toBe("0");
  });

  test("keys delete ends the story", async () => {
    const { operator, proxy } = scene;
    expect((await operator.run("keys", "delete", "stuck", "--yes")).status).toBe(0);
    expect(await ask(proxy, stuck, "chat")).toBe(401);
    expect((await operator.run("keys", "show", stuck.hash)).status).toBe(2);
  });
}
