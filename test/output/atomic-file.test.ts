import { type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeAtomically } from "../../src/output/atomic-file.js";

let dir: string;
let path: string;
/** What all open files have in common. */
let files: FileHandle;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "llmctl-atomic-"));
  path = join(dir, "file.json");
  const handle = await open(dir, "r");
  files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

/** A disk that is full from that step on. What there is room for is written. */
function fill(step: "writeFile" | "sync"): void {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: step });
  vi.spyOn(files, step).mockImplementation(async function (this: FileHandle) {
    if (step === "writeFile") await this.write("new");
    throw full;
  });
}

test("the file is there whole, for its owner only, and nothing beside it", async () => {
  const sync = vi.spyOn(files, "sync");
  await writeAtomically(path, "whole\n");
  expect(await readFile(path, "utf8")).toBe("whole\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(["file.json"]);
  // The file and the folder that its name is in.
  expect(sync).toHaveBeenCalledTimes(2);
});

test.each(["writeFile", "sync"] as const)(
  "a disk that is full at %s leaves no part and an older file as it was",
  async (step) => {
    fill(step);
    await expect(writeAtomically(path, "new text\n")).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(dir)).toEqual([]);
    vi.restoreAllMocks();
    await writeFile(path, "old\n");
    fill(step);
    await expect(writeAtomically(path, "new text\n")).rejects.toMatchObject({ code: "ENOSPC" });
    vi.restoreAllMocks();
    expect(await readdir(dir)).toEqual(["file.json"]);
    expect(await readFile(path, "utf8")).toBe("old\n");
  },
);

test("a name that cannot be taken leaves no part", async () => {
  await mkdir(join(path, "full"), { recursive: true });
  await expect(writeAtomically(path, "new text\n")).rejects.toMatchObject({ syscall: "rename" });
  expect(await readdir(dir)).toEqual(["file.json"]);
});

test("a folder that is not there is an error of the system, and makes nothing", async () => {
  await expect(writeAtomically(join(dir, "none", "file"), "")).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readdir(dir)).toEqual([]);
});
