import { expect, test } from "vitest";
import { startCustomer } from "../support/customer.js";
import type { OwnedKey } from "../support/operator.js";
import type { Scene } from "../support/scene.js";

/** Calls too short to overlap prove nothing. */
const slowly = ["--prompt", "wait=500"];

/** A release without a known leak: nothing is found and nothing touched. */
export function healthyStory(scene: Scene) {
  let key: OwnedKey;

  test.each([
    ["/v1/messages", "claude-lab"],
    ["/v1/messages", "gpt-lab"],
    ["/v1/responses", "gpt-lab"],
    ["/v1/responses", "claude-lab"],
    ["/v1/chat/completions", "gpt-lab"],
    ["/v1/completions", "gpt-lab"],
  ])("probe finds %s served by %s healthy", async (endpoint, model) => {
    const { operator } = scene;
    key ??= await operator.createKey("probed", "--mpr", "3", "--rpm", "1000");
    const { status, json } = await operator.run("probe", endpoint, "--model", model, "--key-file", key.file, ...slowly);
    expect(json().verdict).toMatchObject({ status: "healthy", findings: [] });
    expect(json().slots).toMatchObject({ before: 0, after: 0, leaked: [] });
    expect(status).toBe(0);
  });

  test("doctor finds nothing to fix beside live calls, and --fix does nothing", async () => {
    const { operator, proxy } = scene;
    const live = startCustomer({ proxy, key, route: "chat", text: "wait=8000", lanes: 3 });
    await expect.poll(() => operator.redis.zcard(key.counter)).toBe(3);
    for (const flags of [[], ["--fix", "--yes"]]) {
      const { status, json } = await operator.run("doctor", ...flags);
      expect(json().checks.filter((check: { status: string }) => check.status === "fail")).toEqual([]);
      expect(json().repairs).toEqual([]);
      expect(json().backup).toBeNull();
      expect(status).toBe(0);
    }
    await live.leave();
    expect(new Set(live.statuses)).toEqual(new Set([200]));
  });
}
