import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeDocument } from "../../src/output/documents/probe.js";
import { saveReport } from "../../src/output/save.js";
import { documentResult } from "../support/document-result.js";
import { call, reading } from "../support/events.js";
import { runProgram } from "../support/program.js";
import { HEALTHY, header, KEY, LEAK, write } from "../support/run-records.js";

describe("llmctl report", () => {
  let home: string;
  const at = (name: string) => join(home, "llmctl", "runs", name);
  const report = (...argv: string[]) => runProgram(["report", ...argv], { XDG_STATE_HOME: home });
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "llmctl-report-"));
    await write(at("1-leak.ndjson"), header("1-leak"), LEAK);
    await write(at("2-well.ndjson"), header("2-well"), HEALTHY);
    await write(at("3-killed.ndjson"), header("3-killed"), LEAK.slice(0, 4), false);
    await appendFile(at("3-killed.ndjson"), '{"kind":"call","n":3');
  });
  afterAll(() => rm(home, { recursive: true }));

  it("gives the probe's document, judged anew, and its exit code", async () => {
    const { stdout, outcome } = await report("1-leak", "--json");
    const document = probeDocument.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ id: "1-leak", durationMs: 60_000, verdict: { status: "finding" } });
    expect(document.slots?.leaked.map(({ id }) => id)).toEqual(["s1", "s2", "s3"]);
    expect(outcome.exit).toBe(3);
    expect((await report("2-well")).outcome.exit).toBe(0);
  });

  it("judges a run that was killed by what it saw, and says that its record is torn", async () => {
    const { stdout, stderr, outcome } = await report("last");
    expect(outcome.exit).toBe(7);
    expect(stderr).toMatch(/last line of .*3-killed.ndjson is torn/);
    expect(stdout).toMatch(/^INCONCLUSIVE: /);
    expect(stdout).toContain("The record has no end");
  });

  it("lists every call in csv and ndjson", async () => {
    const csv = (await report("2-well", "--output", "csv")).stdout.trimEnd().split("\r\n");
    expect(csv).toHaveLength(8);
    expect(csv[0]).toMatch(/^kind,n,round,phase,/);
    const lines = (await report("2-well", "--output", "ndjson")).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("makes a bug report that tells the case and names no machine of ours", async () => {
    const { stdout } = await report("1-leak", "--output", "markdown");
    expect(stdout).toMatch(/^## \/v1\/messages of LiteLLM 1.79.1: leak\n/);
    for (const part of [
      "| model | claude-x |",
      "| limit | max\\_parallel\\_requests 3 (from key-info) |",
      "issues/17323",
      "| s1 |",
    ])
      expect(stdout).toContain(part);
    expect(stdout).toContain("llmctl probe /v1/messages --base-url");
    expect(stdout).not.toMatch(/internal/);
    expect(stdout).not.toContain(KEY);
  });

  it("hides addresses in what went wrong, too", async () => {
    const broken = LEAK.map((event) =>
      event.kind === "call" && event.n === 3
        ? { ...event, ending: "broken" as const, status: null, error: "connect ECONNREFUSED gateway.internal:4000" }
        : event,
    );
    const path = await write(join(home, "broken.ndjson"), header("broken"), broken);
    expect((await report(path, "--output", "markdown")).stdout).toContain("connect ECONNREFUSED the-proxy");
  });

  it("hides addresses in what a server wrote, in every place where that is told, and no link of its own", async () => {
    const boom = "boom from http://internal.host.corp:8080/x, by 10.1.2.3:80 and db.host.corp:5432 (router.py:120)";
    const calls = LEAK.map((event) =>
      event.kind === "call" && event.n === 3
        ? { ...event, ending: "failed" as const, status: 500, error: boom }
        : event,
    );
    const path = await write(join(home, "boom.ndjson"), header("boom"), calls);
    const { stdout } = await report(path, "--output", "markdown");
    expect(stdout).toContain("(call 3: boom from http://…, by an-address and an-address (router.py:120))");
    expect(stdout).toMatch(/\| 500 \|.*\| boom from http:\/\/…, by an-address/);
    expect(stdout).toContain("(https://github.com/BerriAI/litellm/issues/17323)");
    expect(stdout).not.toMatch(/corp|10\.1/);
    expect((await report(path)).stdout).toContain("internal.host.corp:8080");
  });

  it("compares runs of two proxies in an issue without telling their addresses", async () => {
    const at = (id: string, baseUrl: string) => {
      const target = { ...header(id).target, baseUrl };
      return write(join(home, `${id}.ndjson`), header(id, { target }), HEALTHY);
    };
    const others = [await at("b", "https://10.9.8.7/gateway"), await at("c", "http://gateway.internal:5000")];
    const { stdout } = await report("2-well", ...others, "--output", "markdown");
    expect(stdout).toContain("| proxy | http://the-proxy | https://the-proxy-2/gateway | http://the-proxy-3 |");
    expect(stdout).not.toMatch(/internal|10\.9/);
    expect((await report("2-well", ...others)).stdout).toContain("https://10.9.8.7/gateway");
  });

  it("has no table of answered calls on the page of a run in which none was answered", async () => {
    const failed = [call(1, 10, 60, { ending: "failed", status: 500, error: "boom" })];
    const path = await write(join(home, "failed.ndjson"), header("failed"), failed);
    const page = (await report(path, "--output", "html")).stdout;
    expect(page).not.toContain("of answered calls");
    expect(page).toContain("<p>No call that counts was answered, so there are no percentiles.</p>");
    expect((await report("2-well", "--output", "html")).stdout).toContain("of answered calls");
  });

  it("compares two runs: a finding that is new ends with 3, one that is gone with 0", async () => {
    const better = await report("1-leak", "2-well", "--json");
    expect(JSON.parse(better.stdout)).toMatchObject({ schema: "llmctl.comparison/1", change: "better" });
    expect(better.outcome.exit).toBe(0);
    expect((await report("2-well", "1-leak")).outcome.exit).toBe(3);
    expect((await report("2-well", "3-killed")).outcome.exit).toBe(7);
    expect((await report("1-leak", "2-well", "--output", "markdown")).stdout).toContain("**better**");
  });

  it("judges several records as one with --merge, and says what that takes for granted", async () => {
    const path = await write(join(home, "beside.ndjson"), header("beside"), [reading(0), call(1, 20, 70)]);
    const { stdout, outcome } = await report("1-leak", path, "--merge");
    expect(outcome.exit).toBe(3);
    expect(stdout).toMatch(/1-leak\+beside/);
    expect(stdout).toContain("Redis's clock");
    await expect(report("1-leak", "--merge")).rejects.toMatchObject({ exit: 2 });
  });

  it.each([
    ["its id, twice", "3-killed", "3-killed"],
    ["its id and its path", "3-killed", () => at("3-killed.ndjson")],
    ["its id and last, with another between", "3-killed", "1-leak", "last"],
  ])("merges no run with itself, named by %s", async (_how, ...names) => {
    const words = names.map((name) => (typeof name === "string" ? name : name()));
    await expect(report(...words, "--merge")).rejects.toMatchObject({
      exit: 2,
      message: "the run 3-killed is given twice",
      hint: "name each run once",
    });
  });

  it("writes to a file in the format that its ending names", async () => {
    const path = join(home, "page.html");
    const outcome = await documentResult((await report("1-leak", "--write", path)).outcome);
    expect(outcome.file).toEqual({ path, format: "html" });
    const said = await saveReport(outcome, { path, format: "html" }, (text) => text.replaceAll("claude-x", "hidden-x"));
    expect(said).toMatch(/page.html is written: html, \d+ KiB/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const page = await readFile(path, "utf8");
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toContain("claude-x");
    expect((await report("1-leak", "--write", "x.bin", "--output", "csv")).outcome).toMatchObject({
      file: { format: "csv" },
    });
    await expect(report("1-leak", "--write", "x.bin")).rejects.toMatchObject({ exit: 2, code: "bad-write" });
    const nowhere = { path: join(home, "no", "x.md"), format: "markdown" as const };
    await expect(saveReport(outcome, nowhere, (text) => text)).rejects.toMatchObject({ exit: 2, code: "cannot-write" });
  });
});
