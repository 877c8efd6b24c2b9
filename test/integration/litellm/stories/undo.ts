import { expect, test } from "vitest";
import { ask } from "../support/customer.js";
import type { OwnedKey } from "../support/operator.js";
import type { Scene } from "../support/scene.js";

/** Takes back a repair on a windowed release that locks keys through /v1/messages. */
export function undoStory(scene: Scene) {
  let key: OwnedKey;
  const fix = () => scene.operator.run("doctor", "--fix", "--yes", "--idle", "--key", key.hash);

  test("doctor undo right after a repair brings back the very bytes", async () => {
    const { operator, proxy } = scene;
    key = await operator.createKey("undone", "--mpr", "2", "--rpm", "1000");
    for (const status of [200, 200, 429]) expect(await ask(proxy, key, "messages")).toBe(status);
    const before = await operator.redis.dumpBuffer(key.counter);

    const fixed = await fix();
    expect(fixed.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(fixed.status).toBe(0);
    expect(await operator.redis.exists(key.counter)).toBe(0);

    const undone = await operator.run("doctor", "undo", "--yes");
    expect(undone.json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    expect(undone.status).toBe(0);
    expect(await operator.redis.dumpBuffer(key.counter)).toEqual(before);
    expect(await operator.redis.ttl(key.counter)).toBe(-1);
  });

  test("doctor undo refuses once a call has touched the key, and says so", async () => {
    const { operator, proxy } = scene;
    expect((await fix()).json().repairs).toMatchObject([{ key: key.counter, status: "done" }]);
    await ask(proxy, key, "chat");
    const touched = await operator.redis.dumpBuffer(key.counter);
    expect(touched).not.toBeNull();

    const { status, json } = await operator.run("doctor", "undo", "--yes");
    expect(json().repairs).toMatchObject([{ key: key.counter, status: "refused" }]);
    expect(json().repairs[0].reason).not.toBe("");
    expect(status).toBe(3);
    expect(await operator.redis.dumpBuffer(key.counter)).toEqual(touched);
  });
}
