import { readFile } from "node:fs/promises";
import { errorCode, usageError } from "../errors.js";

/** The text of a file that a flag or a variable names, or exit 2 that repeats `flag` and says `hint`. */
export async function readNamedFile(
  path: string,
  flag: string,
  hint = "name a file that you can read",
): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw usageError("unreadable-file", `${flag} ${path} cannot be read (${errorCode(cause)})`, hint, cause);
  }
}
