import { constants, type FileHandle, lstat, open, realpath, stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { errorCode, isSystemError } from "../errors.js";
import { shellQuoted } from "../terminal/shell.js";

/** Why a file must not be trusted, and how to change that. */
export interface Distrust {
  /** Follows the path in a message: `can be written by others (mode 666)`. */
  readonly why: string;
  /** The command to type, or what is needed. */
  readonly fix: string;
}

/** The result of reading a file; `stamp` identifies its version. */
export type Trusted =
  | { readonly kind: "read"; readonly text: string; readonly stamp: string }
  | { readonly kind: "same" }
  | { readonly kind: "missing" }
  | { readonly kind: "distrusted"; readonly distrust: Distrust };

const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/** Undefined on Windows, where files have no owner of this kind and nothing is checked. */
const uidOfThis = (): number | undefined => process.geteuid?.();

/**
 * Why other users could have created or changed the file, by the rule of sshd's StrictModes: it belongs to this user or
 * to root, and neither its group nor all others may write to it. In a folder with the sticky bit, such as /tmp, no
 * other user can replace a file of ours.
 */
function distrustOf(path: string, stats: { uid: number; mode: number; isDirectory(): boolean }): Distrust | undefined {
  const uid = uidOfThis();
  if (uid === undefined) return undefined;
  if (stats.uid !== uid && stats.uid !== 0) {
    const why = `belongs to user ${stats.uid}, and llmctl runs as user ${uid}`;
    return { why, fix: `chown ${uid} ${shellQuoted(path)}` };
  }
  const kept = stats.isDirectory() && (stats.mode & STICKY) !== 0;
  if (kept || (stats.mode & OTHERS_MAY_WRITE) === 0) return undefined;
  const why = `can be written by others (mode ${(stats.mode & 0o7777).toString(8)})`;
  return { why, fix: `chmod go-w ${shellQuoted(path)}` };
}

/**
 * Why other users could put files into a folder: checks it and every folder above it up to `root`. Without `root`, or
 * outside of it, checks only the folder. Undefined when none could, or when there is no such folder.
 */
export async function distrustOfFolder(folder: string, root = folder): Promise<Distrust | undefined> {
  try {
    const [real, top] = [await realpath(folder), await realpath(root)];
    const within = relative(top, real);
    const outside = within === ".." || within.startsWith(`..${sep}`);
    for (let at = real; ; at = dirname(at)) {
      const found = distrustOf(at, await stat(at));
      if (found) return { ...found, why: `the folder ${at} ${found.why}` };
      if (outside || at === top || at === dirname(at)) return undefined;
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { why, fix } = unreadable(error);
    return { why: `the folder ${folder} ${why}`, fix };
  }
}

/**
 * Reads a file whose folder was checked. A link, a pipe, a folder or a device is rejected and never blocks. `known`:
 * the stamp of a known version, which is not read again.
 */
export async function readTrusted(path: string, known?: string): Promise<Trusted> {
  let file: FileHandle | undefined;
  try {
    if (!(await lstat(path)).isFile()) return { kind: "distrusted", distrust: NO_FILE };
    // It may have become a pipe since the check, which is opened without blocking.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: "distrusted", distrust: NO_FILE };
    const distrust = distrustOf(path, stats);
    if (distrust) return { kind: "distrusted", distrust };
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    return stamp === known ? { kind: "same" } : { kind: "read", text: await file.readFile("utf8"), stamp };
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : { kind: "distrusted", distrust: unreadable(error) };
  } finally {
    await file?.close();
  }
}

const NO_FILE: Distrust = { why: "is no regular file", fix: "take it out of that folder" };

const isMissing = (error: unknown): boolean => errorCode(error) === "ENOENT";

function unreadable(error: unknown): Distrust {
  if (!isSystemError(error)) throw error;
  return { why: `cannot be read (${errorCode(error)})`, fix: "let this user read it, or take it out of that folder" };
}
