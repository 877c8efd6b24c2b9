import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeAtomically } from "../../src/output/atomic-file.js";

/** What reached the disk, in turn, and at which step the disk is full. */
const disk = vi.hoisted(() => ({ events: [] as string[], fullAt: "" }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const full = (step: string) => {
    if (step === disk.fullAt)
      throw Object.assign(new Error(`ENOSPC: no space left, ${step}`), { code: "ENOSPC", syscall: step });
  };
  const open = async (...words: Parameters<typeof real.open>) => {
    const file = await real.open(...words);
    const [writeWhole, sync] = [file.writeFile.bind(file), file.sync.bind(file)];
    file.writeFile = (async (text: string) => {
      // A full disk takes what there is room for.
      await writeWhole(disk.fullAt === "write" ? text.slice(0, 3) : text);
      full("write");
    }) as typeof file.writeFile;
    file.sync = async () => {
      full("fsync");
      await sync();
      disk.events.push(`on disk: ${basename(`${words[0]}`).replace(/\.[0-9a-f]+\.part$/, ".part")}`);
    };
    return file;
  };
  const rename = async (from: string, to: string) => {
    full("rename");
    await real.rename(from, to);
    disk.events.push(`named ${basename(to)}`);
  };
  return { ...real, open, rename };
});

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "llmctl-atomic-"));
  path = join(dir, "file.json");
  Object.assign(disk, { events: [], fullAt: "" });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("the text, and then the name, are on the disk before it is said to be written", async () => {
  await writeAtomically(path, "whole\n");
  expect(disk.events).toEqual(["on disk: file.json.part", "named file.json", `on disk: ${basename(dir)}`]);
  expect(await readFile(path, "utf8")).toBe("whole\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(["file.json"]);
});

test.each(["write", "fsync", "rename"])(
  "a disk that is full at %s leaves no part and an older file as it was",
  async (step) => {
    disk.fullAt = step;
    await expect(writeAtomically(path, "new text\n")).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(dir)).toEqual([]);
    await writeFile(path, "old\n");
    await expect(writeAtomically(path, "new text\n")).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(dir)).toEqual(["file.json"]);
    expect(await readFile(path, "utf8")).toBe("old\n");
  },
);

test("a folder that is not there is an error of the system, and makes nothing", async () => {
  await expect(writeAtomically(join(dir, "none", "file"), "")).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readdir(dir)).toEqual([]);
});
