import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startLab } from "../../src/lab/proxy.js";
import { errorOf } from "../support/keys-session.js";
import { runProgram } from "../support/program.js";

const folder = mkdtempSync(join(tmpdir(), "llmctl-keys-lab-"));
afterAll(() => rmSync(folder, { recursive: true }));

for (const version of ["1.79.1", "1.91.5", "1.95.0", "1.109.1"]) {
  test(`leads a key through its life on LiteLLM ${version}`, async () => {
    const lab = await startLab({ sick: "healthy", version });
    const env = { LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: lab.masterKey };
    const keys = (...argv: string[]) => runProgram(["keys", ...argv], env);
    const row = async (...argv: string[]) => JSON.parse((await keys(...argv, "--json")).stdout).key;
    try {
      const secret = (await keys("create", "--mpr", "5", "--rpm", "9", "--alias", "ci", "--quiet")).stdout.trim();
      const path = join(folder, version);
      writeFileSync(path, secret);
      const { token } = await row("show", "ci");
      expect(await row("show", token)).toMatchObject({
        token,
        key_alias: "ci",
        max_parallel_requests: 5,
        rpm_limit: 9,
      });
      expect(await row("show", "--key-file", path)).toMatchObject({ token });
      expect(await row("update", "ci", "--mpr", "none", "--metadata", "a=1")).toMatchObject({
        token,
        max_parallel_requests: null,
      });
      expect(await row("update", "ci", "--metadata", "b=2")).toMatchObject({
        metadata: { a: "1", b: "2" },
        rpm_limit: 9,
      });
      expect(await row("block", "ci")).toMatchObject({ token, blocked: true });
      expect(await row("unblock", "ci")).toMatchObject({ token, blocked: false });
      expect((await keys("list", "--quiet")).stdout).toContain(token);
      expect(await row("delete", "ci", "--yes")).toMatchObject({ token });

      for (const verb of ["show", "block", "unblock"]) {
        expect(await errorOf(keys(verb, token)), verb).toMatchObject({ exit: 2, code: "unknown-key" });
      }
      expect(await errorOf(keys("update", token, "--mpr", "1"))).toMatchObject({ exit: 2, code: "unknown-key" });
      expect(await errorOf(keys("delete", token, "--yes"))).toMatchObject({ exit: 2, code: "unknown-key" });
      expect(await errorOf(keys("create", "--alias", "lab"))).toMatchObject({ exit: 2, code: "refused-request" });

      const stranger = { ...env, LITELLM_MASTER_KEY: "sk-stranger-0000000001" };
      for (const argv of [["list"], ["show", token], ["block", token], ["create", "--mpr", "1"]]) {
        const end = await errorOf(runProgram(["keys", ...argv], stranger));
        expect(end, argv.join(" ")).toMatchObject({ exit: 4, code: "not-allowed" });
      }
    } finally {
      await lab.stop();
    }
  });
}
