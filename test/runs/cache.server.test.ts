import { utimes, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { RunCache } from "../../src/runs/cache.js";
import { counter, fixing, member, openServerFixture, type ServerFixture, yes } from "../support/doctor-fixture.js";
import { type ProxyStub, startProxyStub } from "../support/proxy-stub.js";
import { recordRun } from "../support/record-run.js";

/** The names of the run files that were read, once for each time. */
const reads: string[] = [];

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const note = (path: unknown) => {
    if (/[/\\]runs[/\\].*\.ndjson$/.test(`${path}`)) reads.push(basename(`${path}`, ".ndjson"));
  };
  const open = async (...words: Parameters<typeof real.open>) => {
    const file = await real.open(...words);
    const readAll = file.readFile.bind(file);
    file.readFile = ((...how: Parameters<typeof readAll>) => {
      note(words[0]);
      return readAll(...how);
    }) as typeof file.readFile;
    return file;
  };
  const readFile = (...words: Parameters<typeof real.readFile>) => {
    note(words[0]);
    return real.readFile(...words);
  };
  return { ...real, open, readFile };
});

let fixture: ServerFixture;
let proxy: ProxyStub;
let slots: { id: string; score: number }[];

beforeAll(async () => {
  fixture = await openServerFixture();
  proxy = await startProxyStub({ version: "1.109.1" });
});
afterAll(async () => {
  await proxy?.stop();
  await fixture?.close();
});

/** A leak that one of two recorded runs proves. */
beforeEach(async () => {
  await fixture.redis.client.flushall();
  const now = Number((await fixture.redis.client.time())[0]);
  slots = [1, 2].map((n) => ({ id: member(n), score: now - 1 }));
  for (const { id, score } of slots) await fixture.redis.client.zadd(counter, score, id);
  await recordRun(fixture, { members: slots }, { id: "run-1" });
  await recordRun(fixture, {}, { id: "run-2", proven: null });
  reads.length = 0;
});

test("a repair and the two diagnoses around it read each run file once", async () => {
  const { document } = await fixture.doctor({ ...fixing }, { ...yes, baseUrl: proxy.baseUrl, apiKey: "sk-admin" });
  expect(document.repairs).toMatchObject([{ status: "done" }]);
  expect(document.checks.find(({ id }) => id === "mirrors")).toMatchObject({ status: "pass" });
  expect(reads.sort()).toEqual(["run-1", "run-2"]);
});

test("a file is read again when its size or its mtime has changed, and then alone", async () => {
  const runs = new RunCache(fixture.stateDir, { warnOnce() {} });
  const path = await recordRun(fixture, {}, { id: "run-3", proven: null });
  expect((await runs.read()).map(({ header }) => header.id).sort()).toEqual(["run-1", "run-2", "run-3"]);
  expect(reads.splice(0).sort()).toEqual(["run-1", "run-2", "run-3"]);
  await runs.read();
  expect(reads).toEqual([]);
  await utimes(path, 1, 1);
  await runs.read();
  expect(reads.splice(0)).toEqual(["run-3"]);
  await writeFile(path, "no run\n");
  expect((await runs.read()).map(({ header }) => header.id).sort()).toEqual(["run-1", "run-2"]);
  expect(reads).toEqual(["run-3"]);
});
