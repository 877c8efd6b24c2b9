import { utimes, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { RunCache } from "../../src/runs/cache.js";
import { counter, fixing, member, openSurgery, type Surgery, yes } from "../support/doctor-fixture.js";
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

let surgery: Surgery;
let proxy: ProxyStub;
let slots: { id: string; score: number }[];

beforeAll(async () => {
  surgery = await openSurgery();
  proxy = await startProxyStub({ version: "1.109.1" });
});
afterAll(async () => {
  await proxy?.stop();
  await surgery?.close();
});

/** A leak that one of two recorded runs proves. */
beforeEach(async () => {
  await surgery.redis.client.flushall();
  const now = Number((await surgery.redis.client.time())[0]);
  slots = [1, 2].map((n) => ({ id: member(n), score: now - 1 }));
  for (const { id, score } of slots) await surgery.redis.client.zadd(counter, score, id);
  await recordRun(surgery, { members: slots }, { id: "run-1" });
  await recordRun(surgery, {}, { id: "run-2", proven: null });
  reads.length = 0;
});

test("a repair and the two diagnoses around it read each run file once", async () => {
  const { document } = await surgery.doctor({ ...fixing }, { ...yes, baseUrl: proxy.baseUrl, apiKey: "sk-admin" });
  expect(document.repairs).toMatchObject([{ status: "done" }]);
  expect(document.checks.find(({ id }) => id === "mirrors")).toMatchObject({ status: "pass" });
  expect(reads.sort()).toEqual(["run-1", "run-2"]);
});

test("a file is read again when its size or its mtime has changed, and then alone", async () => {
  const runs = new RunCache(surgery.stateDir, { warnOnce() {} });
  const path = await recordRun(surgery, {}, { id: "run-3", proven: null });
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
