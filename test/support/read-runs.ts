import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseRun, type RecordedRun } from "../../src/runs/reader.js";

/** Every run in a folder, the newest first; none when there is no such folder. */
export async function readRuns(dir: string): Promise<RecordedRun[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".ndjson")).map((name) => join(dir, name));
  const runs = await Promise.all(files.map(async (path) => parseRun(path, await readFile(path, "utf8"))));
  return runs.filter((run) => run !== undefined).sort((a, b) => b.header.startedAt.localeCompare(a.header.startedAt));
}
