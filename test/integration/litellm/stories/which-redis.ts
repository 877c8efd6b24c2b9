import { expect, test } from "vitest";
import type { CliOptions } from "../../../support/cli.js";
import type { Scene } from "../support/scene.js";

/** The Redis that doctor reads is proved to be the limiter's: by what the proxy says of it, or by where a call is counted. */
export function whichRedisStory(scene: Scene) {
  test("doctor proves its Redis by the proxy's word, and where that is not to be had by one call", async () => {
    const { operator } = scene;
    const key = await operator.createKey("canary", "--mpr", "3", "--rpm", "1000");
    const proof = async (options: CliOptions, ...flags: string[]) => {
      const { json, stderr } = await operator.runWith(options, "doctor", "--only", "same-redis", ...flags);
      return { check: json().checks[0], stderr };
    };
    expect((await proof({})).check).toMatchObject({ status: "pass", detail: expect.stringMatching(/same run id/) });
    const stranger = { env: { LITELLM_MASTER_KEY: "" } };
    expect((await proof(stranger)).check).toMatchObject({ status: "skip" });
    const { check, stderr } = await proof(stranger, "--canary", "--key-file", key.file);
    expect(check).toMatchObject({ status: "pass", detail: expect.stringMatching(/was counted in this Redis/) });
    expect(stderr).toMatch(/canary: one call of \/v1\/chat\/completions to gpt-lab/);
  });
}
