import { readFile, stat } from "node:fs/promises";
import { listIds, logPath } from "../config/ndjson-log.js";
import { errorCode, usageError } from "../errors.js";
import { parseRun, type RecordedRun, runsDir } from "./reader.js";

/** A run as its file holds it now. */
export interface FoundRun extends RecordedRun {
  /** The exact text of the file. */
  readonly text: string;
  /** The last line is incomplete: the run was killed while writing, or is still writing. */
  readonly torn: boolean;
}

/** Returns the text of a run file, or throws the reason why it must not be used. */
export type ReadRun = (path: string) => Promise<string>;

/**
 * Finds a run: `last`, the id of a recorded run or its prefix, or the path of a run file. Exit 2 when there is none.
 * Any run may be displayed; a caller that uses one as proof passes a `readText` that checks the file.
 */
export async function findRun(word: string, stateDir: string, readText: ReadRun = readAny): Promise<FoundRun> {
  const dir = runsDir(stateDir);
  const open = (path: string) => openRun(path, readText);
  if (word === "last") return newest(dir, readText);
  if (/[/\\]|\.ndjson$/.test(word)) return open(word);
  const matches = (await listIds(dir)).filter((id) => id.startsWith(word));
  const id = matches.find((one) => one === word) ?? (matches.length === 1 ? matches[0] : undefined);
  if (id !== undefined) return open(logPath(dir, id));
  if (matches.length > 1)
    throw usageError({
      code: "many-runs",
      message: `${word} may be any of: ${matches.join(", ")}`,
      hint: "be more specific",
    });
  throw usageError({
    code: "no-run",
    message: `there is no run ${word} in ${dir}`,
    hint: "give its file's path, or last; probe names it at its end",
  });
}

/** Ids begin with the time, so the last name is the newest run. */
async function newest(dir: string, readText: ReadRun): Promise<FoundRun> {
  for (const id of (await listIds(dir)).reverse()) {
    // A pipe or a folder of that name is no run, and would block.
    if (!(await stat(logPath(dir, id))).isFile()) continue;
    const run = await read(logPath(dir, id), readText);
    if (run) return run;
  }
  throw usageError({
    code: "no-run",
    message: `no run is recorded in ${dir}`,
    hint: "make one: llmctl probe --help; or give a run file's path",
  });
}

async function openRun(path: string, readText: ReadRun): Promise<FoundRun> {
  const run = await read(path, readText);
  if (run) return run;
  throw usageError({
    code: "no-run",
    message: `${path} is no run of a probe`,
    hint: "a run file is NDJSON and begins with its header",
  });
}

const readAny: ReadRun = (path) =>
  readFile(path, "utf8").catch((error: unknown) => {
    throw unreadableRun(path, errorCode(error) ?? String(error));
  });

/** The error for a run file that cannot be read: exit 2. */
export const unreadableRun = (path: string, why: string) =>
  usageError({ code: "no-run", message: `cannot read ${path}: ${why}`, hint: "give a run's id, its path, or last" });

async function read(path: string, readText: ReadRun): Promise<FoundRun | undefined> {
  const text = await readText(path);
  const run = parseRun(path, text);
  return run && { ...run, text, torn: !text.endsWith("\n") };
}
