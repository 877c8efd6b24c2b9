import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLitellmConfig } from "../../src/litellm/config-yaml/index.js";
import {
  configuredWindowMs,
  formatWindow,
  orFromConfig,
  shownWindowMs,
  windowFromEnvironment,
} from "../../src/litellm/window.js";
import { errorOf } from "../support/keys-session.js";

const NAME = "LITELLM_RATE_LIMIT_WINDOW_SIZE";

test("the environment names a window in seconds; without it LiteLLM counts for 60", () => {
  expect(windowFromEnvironment({})).toBe(60_000);
  expect(windowFromEnvironment({ [NAME]: "" })).toBe(60_000);
  expect(windowFromEnvironment({ [NAME]: "300" })).toBe(300_000);
  for (const wrong of ["0", "5m", "-1", "1.5"]) expect(() => windowFromEnvironment({ [NAME]: wrong })).toThrow(NAME);
});

test.each([
  ["none", "model_list: []", 60_000],
  ["a longer one", `environment_variables: { ${NAME}: 300 }`, 300_000],
  ["a text", `environment_variables: { ${NAME}: "300" }`, 300_000],
  ["a reference", `environment_variables: { ${NAME}: os.environ/WINDOW }`, 120_000],
  ["a reference that leads nowhere", `environment_variables: { ${NAME}: os.environ/GONE }`, 60_000],
  ["a shorter one, which the environment may overrule", `environment_variables: { ${NAME}: 30 }`, 60_000],
  ["no number of seconds", `environment_variables: { ${NAME}: 5m }`, 60_000],
  ["another setting", `general_settings: { ${NAME}: 300 }`, 60_000],
])("LiteLLM's configuration sets a window: %s", async (_, yaml, windowMs) => {
  const { settings } = await readLitellmConfig("config.yaml", { WINDOW: "120" }, async () => yaml);
  expect(orFromConfig(60_000, settings)).toBe(windowMs);
});

test("the configuration is read where it was named", async ({ onTestFinished }) => {
  const { mkdtemp, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const dir = await mkdtemp(join(tmpdir(), "llmctl-window-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, "config.yaml");
  await writeFile(path, `environment_variables:\n  ${NAME}: "300"\n`);
  expect(await configuredWindowMs({}, {})).toBe(60_000);
  expect(await configuredWindowMs({}, { litellmConfig: { path, env: {} } })).toBe(300_000);
  expect(await configuredWindowMs({ [NAME]: "900" }, { litellmConfig: { path, env: {} } })).toBe(900_000);
  const gone = { litellmConfig: { path: join(dir, "gone.yaml"), env: {} } };
  expect(await errorOf(configuredWindowMs({}, gone))).toMatchObject({ exit: 2 });
});

test("what is left of a number's life shows the least that its window can be", () => {
  const shown = (ttlMs: number) => shownWindowMs("windowed", { ttlMs });
  expect([shown(-1), shown(-2), shown(0)]).toEqual([0, 0, 0]);
  expect([shown(1), shown(999), shown(1001), shown(60_000)]).toEqual([1000, 1000, 2000, 60_000]);
  expect([shown(60_001), shown(224_000), shown(300_000)]).toEqual([120_000, 240_000, 300_000]);
  for (const other of ["slots", "minute", null] as const) expect(shownWindowMs(other, { ttlMs: 224_000 })).toBe(0);
});

test("a window is told to the second", () => {
  expect([formatWindow(60_000), formatWindow(230_000), formatWindow(229_001)]).toEqual(["60 s", "230 s", "230 s"]);
});
