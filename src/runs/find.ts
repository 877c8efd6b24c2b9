import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { usageError } from "../errors.js";
import { parseRun, type RecordedRun, runsDir } from "../probe/record.js";

/** A run as its file has it now. */
export interface FoundRun extends RecordedRun {
  /** The file, to the letter. */
  readonly text: string;
  /** The last line is no whole line: the run was killed as it wrote, or is writing now. */
  readonly torn: boolean;
}

/** The run that a word means: `last`, the id of a recorded run (or how it begins), or the path of a run file. */
export async function findRun(word: string, stateDir: string): Promise<FoundRun> {
  const dir = runsDir(stateDir);
  if (word === "last") return newest(dir);
  if (/[/\\]|\.ndjson$/.test(word)) return open(word);
  const matches = (await idsIn(dir)).filter((id) => id.startsWith(word));
  const id = matches.find((one) => one === word) ?? (matches.length === 1 ? matches[0] : undefined);
  if (id !== undefined) return open(fileOf(dir, id));
  if (matches.length > 1)
    throw usageError("many-runs", `${word} may be any of: ${matches.join(", ")}`, "type more of it");
  throw usageError(
    "no-run",
    `there is no run ${word} in ${dir}`,
    "give its file's path, or last; probe names it at its end",
  );
}

/** Ids begin with the time, so the last name is the newest run. */
async function newest(dir: string): Promise<FoundRun> {
  for (const id of (await idsIn(dir)).sort().reverse()) {
    const run = await read(fileOf(dir, id));
    if (run) return run;
  }
  throw usageError(
    "no-run",
    `no run is recorded in ${dir}`,
    "make one: llmctl probe --help; or give a run file's path",
  );
}

const fileOf = (dir: string, id: string): string => join(dir, `${id}.ndjson`);

async function idsIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(".ndjson")).map((name) => name.slice(0, -".ndjson".length));
}

async function open(path: string): Promise<FoundRun> {
  const run = await read(path);
  if (run) return run;
  throw usageError("no-run", `${path} is no run of a probe`, "a run file is NDJSON and begins with its header");
}

async function read(path: string): Promise<FoundRun | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      "no-run",
      `cannot read ${path}: ${error.code ?? error.message}`,
      "give a run's id, its path, or last",
    );
  });
  const run = parseRun(path, text);
  return run && { ...run, text, torn: !text.endsWith("\n") };
}
