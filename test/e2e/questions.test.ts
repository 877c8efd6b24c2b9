import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { runAtTerminal } from "./terminal.js";

const home = mkdtempSync(join(tmpdir(), "llmctl-questions-"));
let lab: RunningLab;
let env: Record<string, string>;

beforeAll(async () => {
  lab = await startLab({ sick: "healthy" });
  env = { HOME: home, LITELLM_PROXY_URL: lab.baseUrl, LITELLM_MASTER_KEY: lab.masterKey };
});
afterAll(async () => {
  await lab?.stop();
  rmSync(home, { recursive: true });
});

const named = (alias: string) => lab.keys.byAlias(alias);

test("asks for a key's limits at a terminal, refuses a bad answer, and shows the secret", async () => {
  const { screen, status } = await runAtTerminal(
    ["keys", "create"],
    [
      ["A name for the key", "asked\r"],
      ["How many calls", "0\r"],
      ["is not a whole number", "\u007f4\r"],
      ["Requests a minute", "\r"],
      ["Tokens a minute", "\r"],
      ["Models", "\r"],
      ["How long it lives", "30d\r"],
    ],
    env,
  );
  expect([status, screen]).toEqual([0, expect.stringMatching(/secret +sk-\S+/)]);
  expect(screen).toContain("llmctl keys create --alias asked --mpr 4 --duration 30d");
  expect(named("asked")).toMatchObject({ max_parallel_requests: 4 });
});

test("makes nothing when a question is answered with Ctrl-C", async () => {
  const answers = [
    ["A name for the key", "broken-off\r"],
    ["How many calls", "\u0003"],
  ] as const;
  const { status, screen } = await runAtTerminal(["keys", "create"], answers, env);
  expect([status, screen]).toEqual([130, expect.stringContaining("interrupted: nothing was changed")]);
  expect(named("broken-off")).toBeUndefined();
});

test("deletes after a yes only, and asks nothing with --no-input", async () => {
  await runAtTerminal(["keys", "create", "--alias", "doomed", "--mpr", "1"], [], env);
  const no = await runAtTerminal(["keys", "delete", "doomed"], [["Delete the key", "n\r"]], env);
  expect([no.status, named("doomed") === undefined]).toEqual([130, false]);
  const dumb = await runAtTerminal(["keys", "delete", "doomed", "--no-input"], [], env);
  expect([dumb.status, dumb.screen]).toEqual([2, expect.stringContaining("--yes")]);
  const yes = await runAtTerminal(["keys", "delete", "doomed"], [["Delete the key", "y\r"]], env);
  expect([yes.status, named("doomed")]).toEqual([0, undefined]);
});
