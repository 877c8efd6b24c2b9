import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { listIds, logPath, NdjsonLog, readLog, readLogs } from "../../src/config/ndjson-log.js";
import type { Distrust } from "../../src/config/trusted-file.js";

const schema = z.object({ n: z.number() });

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "llmctl-log-"));
  path = logPath(join(dir, "logs"), "one");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("lines are appended one below the other, by several writers, and read back", async () => {
  const log = new NdjsonLog<{ n: number }>(path);
  await log.append({ n: 1 });
  await log.append({ n: 2 }, { sync: false });
  await new NdjsonLog<{ n: number }>(path).append({ n: 3 });
  expect(await readFile(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(await readLog(path, schema)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect([(await stat(path)).mode & 0o777, (await stat(join(dir, "logs"))).mode & 0o777]).toEqual([0o600, 0o700]);
});

test("a line that a crash tore takes no line after it along, at any byte", async () => {
  await mkdir(join(dir, "logs"));
  const torn = '{"n":1}\n{"n":2}\n';
  for (let length = 0; length <= torn.length; length++) {
    await writeFile(path, torn.slice(0, length), { mode: 0o600 });
    await new NdjsonLog<{ n: number }>(path).append({ n: 3 });
    const whole = [length >= 7 ? [{ n: 1 }] : [], length >= 15 ? [{ n: 2 }] : []].flat();
    expect(await readLog(path, schema), `${length} bytes`).toEqual([...whole, { n: 3 }]);
  }
});

test("a line that a full disk tore in this process takes none after it along", async () => {
  const log = new NdjsonLog<{ n: number }>(path);
  await log.append({ n: 1 });
  await appendFile(path, '{"n":');
  await log.append({ n: 2 });
  expect(await readLog(path, schema)).toEqual([{ n: 1 }, { n: 2 }]);
});

test("files of older releases are read: an empty line before each, lines of other kinds, no end", async () => {
  await mkdir(join(dir, "logs"));
  await writeFile(path, '{"n":1}\n\n{"n":2}\n{"kind":"other"}\n\n{"n":3}\n{"n":4', { mode: 0o600 });
  expect(await readLog(path, schema)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test("no file and no folder are an empty log", async () => {
  const distrusted = () => expect.unreachable();
  expect(await readLog(path, schema)).toEqual([]);
  expect(await readLogs(join(dir, "logs"), { stateDir: dir, schema, distrusted })).toEqual([]);
  expect(await listIds(join(path, "below a file"))).toEqual([]);
  await writeFile(join(dir, "file"), "");
  expect(await listIds(join(dir, "file"))).toEqual([]);
});

test("a folder's logs come by id in order, without other files; one that others could have written is told of", async () => {
  const logs = join(dir, "logs");
  for (const id of ["3", "1", "2"]) await new NdjsonLog(logPath(logs, id)).append({ n: Number(id) });
  await writeFile(join(logs, "4.json"), '{"n":4}\n');
  await chmod(logPath(logs, "2"), 0o666);
  const told: [string, Distrust][] = [];
  const distrusted = (...words: [string, Distrust]) => void told.push(words);
  expect(await readLogs(logs, { stateDir: dir, schema, distrusted })).toEqual([
    { id: "1", lines: [{ n: 1 }] },
    { id: "3", lines: [{ n: 3 }] },
  ]);
  expect(told.map(([where]) => where)).toEqual([logPath(logs, "2")]);
  await expect(readLog(logPath(logs, "2"), schema)).rejects.toMatchObject({ code: "distrusted-journal", exit: 2 });
  await chmod(logs, 0o777);
  expect(await readLogs(logs, { stateDir: dir, schema, distrusted })).toEqual([]);
  expect(told.at(-1)?.[0]).toBe(logs);
});
