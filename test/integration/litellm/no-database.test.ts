import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aboutRequests } from "./contract/about.js";
import { adminRequests } from "./contract/admin.js";
import { expectFixture } from "./contract/fixture.js";
import { askAll } from "./contract/suite.js";
import { sceneOf } from "./support/scene.js";

describe("LiteLLM 1.95.0 without a database", () => {
  const free = "sk-no-limit-at-all-0001";
  const limited = "sk-two-calls-at-once-01";
  const limits = { [free]: { max_parallel_requests: 100 }, [limited]: { max_parallel_requests: 2 } };
  const scene = sceneOf("1.95.0", { keys: limits });

  test("answers the admin API and tells of itself as recorded", async () => {
    const { found } = await askAll(scene.proxy, [...adminRequests, ...aboutRequests(free)]);
    await expectFixture("no-database-1.95.0", found);
  });

  test("keys says that there is no database, with exit 5", async () => {
    for (const act of [["list"], ["show", "0".repeat(64)], ["create", "--mpr", "2"]]) {
      const { status, json } = await scene.operator.run("keys", ...act);
      expect([act[0], status]).toEqual([act[0], 5]);
      expect(json().error.message).toMatch(/database/i);
    }
  });

  test("probe takes the limit from a header, and asks for it where no header tells", async () => {
    const { operator } = scene;
    const file = join(operator.home, "limited.key");
    await writeFile(file, limited, { mode: 0o600 });
    const probe = async (endpoint: string, ...flags: string[]) => {
      const result = await operator.run("probe", endpoint, "--key-file", file, "--prompt", "wait=200", ...flags);
      const { limit, target, verdict } = result.json();
      expect(target.key).toBe(createHash("sha256").update(limited).digest("hex"));
      return { limit, status: result.status, verdict: verdict.status, findings: verdict.findings };
    };
    const healthy = { status: 0, verdict: "healthy", findings: [] };
    expect(await probe("chat")).toEqual({ limit: { value: 2, source: "header" }, ...healthy });
    const unknown = { limit: { value: null, source: "none" }, status: 7, verdict: "inconclusive", findings: [] };
    expect(await probe("messages")).toEqual(unknown);
    expect(await probe("messages", "--limit", "2")).toEqual({ limit: { value: 2, source: "flag" }, ...healthy });
  });

  test("doctor runs what it can without the proxy's key list", async () => {
    const { status, json } = await scene.operator.run("doctor");
    expect(json().checks.filter((check: { status: string }) => check.status === "fail")).toEqual([]);
    expect(status).toBe(0);
  });
});
