import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRun, runsDir } from "../../src/runs/reader.js";
import type { RunEnd, RunHeader } from "../../src/runs/schema.js";
import { Recorder } from "../../src/runs/writer.js";
import { call, reading } from "../support/events.js";
import { NO_LOAD } from "../support/no-load.js";
import { readRuns } from "../support/read-runs.js";

const header = (id: string, startedAt = "2026-11-23T09:00:00.000Z"): RunHeader => ({
  kind: "run",
  schema: "llmctl.run/1",
  id,
  startedAt,
  target: {
    baseUrl: "http://127.0.0.1:4000",
    endpoint: "messages",
    model: "m",
    version: "1.79.1",
    key: "a".repeat(64),
  },
  limit: { value: 2, source: "key-info" },
  plan: {
    ...NO_LOAD,
    sequence: 3,
    burst: 3,
    rounds: 1,
    stream: false,
    ending: "completed",
    maxTokens: 16,
    maxLagMs: 2000,
    settleMs: 24_000,
    shared: false,
    exclusive: false,
    temporary: false,
  },
  redis: {
    address: "redis://127.0.0.1:6379/0",
    namespace: null,
    key: `{api_key:${"a".repeat(64)}}:max_parallel_requests`,
  },
});

const end: RunEnd = {
  kind: "end",
  endedAt: "2026-11-23T09:01:00.000Z",
  durationMs: 60_000,
  stopped: null,
  overhead: null,
  limit: { value: 2, source: "key-info" },
  shape: "slots",
  verdict: { status: "healthy", findings: [], doubts: [] },
  proven: null,
};

describe("the run file", () => {
  let dir: string;
  beforeAll(async () => {
    dir = runsDir(await mkdtemp(join(tmpdir(), "llmctl-record-")));
  });
  afterAll(() => rm(join(dir, ".."), { recursive: true }));

  it("holds each event as it was written, in order, and is closed to others", async () => {
    const recorder = await Recorder.open(dir, header("one"));
    const events = [reading(0), call(1, 10, 20), reading(30, ["x"])];
    for (const event of events) recorder.write(event);
    await recorder.close(end);
    expect((await stat(recorder.path)).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const [run] = await readRuns(dir);
    expect(run).toEqual({ path: recorder.path, header: header("one"), events, end });
  });

  it("reads a run that was killed: no end, a torn line", async () => {
    const recorder = await Recorder.open(dir, header("torn", "2026-11-23T10:00:00.000Z"));
    recorder.write(call(1, 10, 20));
    await expect.poll(() => readFile(recorder.path, "utf8")).toContain('"call"');
    await appendFile(recorder.path, '{"kind":"call","n":2');
    const [run] = await readRuns(dir);
    expect(run?.header.id).toBe("torn");
    expect(run?.end).toBeNull();
    expect(run?.events).toEqual([call(1, 10, 20)]);
    await recorder.close(end);
  });

  it("can be read while calls end, and holds all of them in order in the end", async () => {
    const recorder = await Recorder.open(dir, header("busy"));
    const seen: string[] = [];
    for (let at = 0; at < 40; at++) {
      for (let n = 1; n <= 50; n++) recorder.write(call(at * 50 + n, at, at + 1));
      await sleep(1);
      seen.push(await readFile(recorder.path, "utf8"));
    }
    await expect.poll(async () => parseRun("", await readFile(recorder.path, "utf8"))?.events).toHaveLength(2000);
    await recorder.close(end);
    const text = await readFile(recorder.path, "utf8");
    for (const part of seen) expect(text.startsWith(part)).toBe(true);
    const run = parseRun("", text);
    expect(run?.events.map((event) => event.kind === "call" && event.n)).toEqual(
      Array.from({ length: 2000 }, (_, at) => at + 1),
    );
    expect(run?.end).toEqual(end);
  });

  it("writes lines of any length and any letters", async () => {
    const recorder = await Recorder.open(dir, header("letters"));
    const errors = [1, 20, 21_845, 21_846, 70_000, 3, 400_000].map((length) =>
      "\u00e9\u20ac\ud83d\ude00x".repeat(length / 4 + 1),
    );
    const calls = errors.map((error, at) => call(at + 1, 10, 20, { error }));
    for (const one of calls) recorder.write(one);
    await recorder.close(end);
    expect(parseRun("", await readFile(recorder.path, "utf8"))?.events).toEqual(calls);
  });

  it("says in the end that a write failed on the way", async () => {
    // A pipe whose reader goes after the first line.
    await mkdir(dir, { recursive: true });
    const path = join(dir, "pipe.ndjson");
    execFileSync("mkfifo", [path]);
    const reader = spawn("head", ["-n", "1", path], { stdio: "ignore" });
    const recorder = await Recorder.open(dir, header("pipe"));
    await once(reader, "exit");
    for (let n = 1; n <= 3; n++) {
      recorder.write(call(n, 10, 20));
      await sleep(20);
    }
    // That the last line can be written does not bring back those that could not.
    const again = await open(path, "r");
    await expect(recorder.close(end)).rejects.toMatchObject({ code: "run-unwritable", exit: 2 });
    await again.close();
    await rm(path);
  });

  it("says in the end that it could not be written, and not by a crash", async () => {
    const recorder = await Recorder.open(join(dir, "gone"), header("gone"));
    await rm(join(dir, "gone"), { recursive: true });
    recorder.write(call(1, 10, 20));
    recorder.write(call(2, 30, 40));
    await expect(recorder.close(end)).rejects.toMatchObject({ code: "run-unwritable", exit: 2 });
    await writeFile(join(dir, "a-file"), "");
    await expect(Recorder.open(join(dir, "a-file"), header("x"))).rejects.toMatchObject({ code: "run-unwritable" });
  });

  it("passes over lines it does not know, and files of another version", () => {
    const text = [JSON.stringify(header("x")), '{"kind":"note"}', JSON.stringify({ ...call(1, 1, 2), status: "many" })];
    expect(parseRun("x", text.join("\n"))?.events).toEqual([]);
    expect(parseRun("x", JSON.stringify({ ...header("x"), schema: "llmctl.run/2" }))).toBeUndefined();
  });
});
