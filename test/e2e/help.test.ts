import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "../support/cli.js";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "llmctl.js");
const HEAVY = /\/node_modules\/(ioredis|undici|inquirer|@inquirer|zod|echarts|fastify|pino|yaml|prom-client)\//;

/** Writes the address of every module that is loaded to stderr. */
const hook = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  import { writeSync } from "node:fs";
  register("data:text/javascript," + encodeURIComponent(\`
    import { writeSync } from "node:fs";
    export async function load(url, context, next) {
      writeSync(2, "loads " + url + "\\\\n");
      return next(url, context);
    }\`));
`)}`;

function loadedBy(...argv: string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ["--import", hook, program, ...argv], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url]) => url as string);
}

test("--help, --version and the help of every command load no heavy package", () => {
  for (const argv of [
    ["--help"],
    ["--version"],
    [],
    ["keys", "create", "--help"],
    ["probe", "--help"],
    ["doctor", "--help"],
  ]) {
    const loaded = loadedBy(...argv);
    expect(
      loaded.some((url) => url.endsWith("/dist/main.js")),
      argv.join(" "),
    ).toBe(true);
    expect(
      loaded.filter((url) => HEAVY.test(url)),
      argv.join(" "),
    ).toEqual([]);
  }
});

test("the same look sees what a command loads", async () => {
  const { stderr } = spawnSync(
    process.execPath,
    ["--import", hook, program, "dump", "--redis-url", "redis://127.0.0.1:1"],
    {
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    },
  );
  expect(stderr).toMatch(/^loads .*\/node_modules\/ioredis\//m);
});

test("lists every command and exit code, and ends with 0", async () => {
  const { stdout, stderr, status } = await runCli(["--help"]);
  expect([status, stderr]).toEqual([0, ""]);
  for (const word of ["keys", "probe", "dump", "doctor", "lab"]) expect(stdout).toMatch(new RegExp(`^  ${word} `, "m"));
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 130]) expect(stdout).toMatch(new RegExp(`^  ${code} `, "m"));
  expect(await runCli([])).toMatchObject({ stdout, status: 0 });
});
