import { mkdir, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { errorCode, usageError } from "../errors.js";
import { syncFolder } from "../output/atomic-file.js";
import { type Distrust, distrustOfFolder, readTrusted } from "./trusted-file.js";

/** How the files of logs end: one JSON value a line. */
const ENDING = ".ndjson";

/** A value as a line of a log. */
export const logLine = (value: object): string => `${JSON.stringify(value)}\n`;

/** The path of the log `id` in a folder. */
export const logPath = (dir: string, id: string): string => join(dir, `${id}${ENDING}`);

/**
 * Opens a log to append to it, readable by its owner only; makes its folder where there is none. `a+`: to read it as
 * well.
 */
export async function openLogFile(path: string, flags: "a" | "a+" = "a") {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return open(path, flags, 0o600);
}

/**
 * An append-only file of what llmctl does, one JSON value a line. It is opened for each line, for lines are minutes
 * apart or end in a crash.
 */
export class NdjsonLog<T extends object> {
  /** The file's name is on the disk as well. */
  #named = false;

  constructor(readonly path: string) {}

  /**
   * Appends a line. By default it is on the disk before the promise resolves; without `sync` it is written at once and
   * reaches the disk with the next one. A line that a crash or a full disk tore before it stays a line of its own.
   */
  async append(value: T, { sync = true } = {}): Promise<void> {
    const file = await openLogFile(this.path, "a+");
    try {
      const { size } = await file.stat();
      const torn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== "\n";
      await file.appendFile(`${torn ? "\n" : ""}${logLine(value)}`);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    if (!sync || this.#named) return;
    await syncFolder(dirname(this.path));
    this.#named = true;
  }
}

/** The value of a JSON text; undefined for what is none, as the last line is that a crash tore. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The lines of a log that `schema` knows. A torn line was never on the disk when anything was done, so it is left out,
 * as are lines of other kinds.
 */
export const parseLog = <T>(text: string, schema: z.ZodType<T>): T[] =>
  text.split("\n").flatMap((line) => {
    const parsed = schema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });

/** Called for each log that others could have written, or that is no file. */
export type OnDistrust = (path: string, distrust: Distrust) => void;

/** What is acted on must be ours: exit 2. */
export const refuseDistrusted: OnDistrust = (path, { why, fix }) => {
  throw usageError({ code: "distrusted-journal", message: `${path} is not believed: ${why}`, hint: fix });
};

/**
 * A whole log; empty where there is none, and where `distrusted` took it. The folder is not looked at: see
 * `distrustOfFolder`.
 */
export async function readLog<T>(path: string, schema: z.ZodType<T>, distrusted = refuseDistrusted): Promise<T[]> {
  const file = await readTrusted(path);
  if (file.kind === "distrusted") distrusted(path, file.distrust);
  return file.kind === "read" ? parseLog(file.text, schema) : [];
}

/** All logs of a folder of the state folder, by id: the oldest first, where ids begin with the time. */
export async function readLogs<T>(
  dir: string,
  { stateDir, schema, distrusted }: { stateDir: string; schema: z.ZodType<T>; distrusted: OnDistrust },
): Promise<{ readonly id: string; readonly lines: readonly T[] }[]> {
  const folder = await distrustOfFolder(dir, stateDir);
  if (folder) {
    distrusted(dir, folder);
    return [];
  }
  const logs = [];
  for (const id of await listIds(dir, ENDING)) {
    const lines = await readLog(logPath(dir, id), schema, distrusted);
    if (lines.length > 0) logs.push({ id, lines });
  }
  return logs;
}

/** Names of the files in a folder that end so, without the ending, sorted; none where there is no such folder. */
export async function listIds(dir: string, ending = ENDING): Promise<string[]> {
  try {
    const names = await readdir(dir);
    return names.flatMap((name) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : [])).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return [];
    throw error;
  }
}
