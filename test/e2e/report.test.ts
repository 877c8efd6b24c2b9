import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../support/cli.js";
import { HEALTHY, header, LEAK, write } from "../support/run-records.js";

let state: string;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "llmctl-e2e-report-"));
  await write(join(state, "llmctl", "runs", "1-well.ndjson"), header("1-well"), HEALTHY);
  await write(join(state, "llmctl", "runs", "2-leak.ndjson"), header("2-leak"), LEAK);
});
afterAll(() => rm(state, { recursive: true }));

const report = (...args: string[]) => runCli(["report", ...args], { env: { XDG_STATE_HOME: state } });

test("shows the last run: stdout holds the report and nothing else, the exit code is the verdict's", async () => {
  const { status, stdout, stderr } = await report("last");
  expect(status).toBe(3);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^LEAK: /);
  expect((await report("1-well", "--json")).json()).toMatchObject({ schema: "llmctl.probe/1", id: "1-well" });
});

test("writes a page to a file, says so on stderr, and leaves stdout empty", async () => {
  const path = join(state, "page.html");
  const { status, stdout, stderr } = await report("1-well", "--write", path);
  expect(status).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/page.html is written: html, \d+ KiB\n$/);
  expect(await readFile(path, "utf8")).toContain("</html>");
});

test("puts a page on stdout where that is no terminal", async () => {
  expect((await report("1-well", "--output", "html")).stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
});

test("an unknown run is one clear error", async () => {
  const { status, stdout, stderr } = await report("nothing-like-it");
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/error: there is no run nothing-like-it in .*runs\n {2}give its file's path, or last/);
});
