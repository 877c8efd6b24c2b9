import { expect, test } from "vitest";
import { ask } from "../support/customer.js";
import type { Scene } from "../support/scene.js";

/** What an owner of keys does all day; the same on every release. */
export function keysStory(scene: Scene) {
  test("keys are made, found by alias, hash and file, changed, blocked and deleted", async () => {
    const { operator, proxy } = scene;
    const key = await operator.createKey("daily", "--mpr", "4", "--metadata", "owner=ops");
    for (const reference of [["daily"], [key.hash], ["--key-file", key.file]]) {
      const { status, json } = await operator.run("keys", "show", ...reference);
      expect(status).toBe(0);
      expect(json().key).toMatchObject({ token: key.hash, key_alias: "daily", max_parallel_requests: 4 });
    }

    const changed = await operator.run("keys", "update", "daily", "--mpr", "2", "--metadata", "team=a");
    expect(changed.status).toBe(0);
    expect(changed.json().key).toMatchObject({ max_parallel_requests: 2, metadata: { owner: "ops", team: "a" } });
    expect(
      (await operator.run("keys", "update", "daily", "--mpr", "none")).json().key.max_parallel_requests,
    ).toBeNull();

    expect((await operator.run("keys", "block", "daily")).status).toBe(0);
    expect(await ask(proxy, key, "chat")).toBe(401);
    expect((await operator.run("keys", "unblock", "daily")).status).toBe(0);
    expect(await ask(proxy, key, "chat")).toBe(200);

    expect((await operator.run("keys", "delete", key.hash, "--yes")).status).toBe(0);
    expect((await operator.run("keys", "show", key.hash)).status).toBe(2);
  });

  test("keys list shows limits and what is held", async () => {
    const { operator, proxy } = scene;
    const key = await operator.createKey("listed", "--mpr", "3");
    const running = ask(proxy, key, "chat", "wait=4000");
    await expect.poll(() => proxy.upstream.stats.inFlight).toBe(1);
    const { status, json } = await operator.run("keys", "list");
    expect(status).toBe(0);
    const row = json().keys.find((each: { key: { token: string } }) => each.key.token === key.hash);
    expect(row).toMatchObject({ key: { key_alias: "listed" }, held: 1, limit: 3 });
    expect(await running).toBe(200);
    await operator.run("keys", "delete", "listed", "--yes");
  });

  test("an unknown key is exit 2, a bad admin key exit 4", async () => {
    const { operator } = scene;
    const nobody = "0".repeat(64);
    for (const act of [
      ["show", nobody],
      ["show", "no-such-alias"],
      ["update", nobody, "--mpr", "3"],
      ["block", nobody],
      ["unblock", nobody],
      ["delete", nobody, "--yes"],
    ]) {
      const known = await operator.run("keys", ...act);
      expect([act[0], known.status, known.json().schema]).toEqual([act[0], 2, "llmctl.error/1"]);
      const bad = await operator.runWith({ env: { LITELLM_MASTER_KEY: "sk-not-the-admins-key" } }, "keys", ...act);
      expect([act[0], bad.status, bad.json().schema]).toEqual([act[0], 4, "llmctl.error/1"]);
    }
  });

  test("an alias in use, a limit of nothing and a negative one are refused with exit 2", async () => {
    const { operator } = scene;
    await operator.createKey("taken", "--mpr", "3");
    for (const flags of [
      ["--alias", "taken", "--mpr", "3"],
      ["--mpr", "0"],
      ["--mpr", "-1"],
    ]) {
      const { status, json } = await operator.run("keys", "create", ...flags);
      expect([flags, status, json().schema]).toEqual([flags, 2, "llmctl.error/1"]);
    }
    await operator.run("keys", "delete", "taken", "--yes");
  });
}
