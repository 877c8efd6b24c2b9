import { readFile } from "node:fs/promises";
import { errorCode, usageError } from "../errors.js";

/** Reads a text file that a flag or a variable names; exit 2 with `flag` and `hint` when it cannot be read. */
export async function readNamedFile(
  path: string,
  flag: string,
  hint = "name a file that you can read",
): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw usageError({
      code: "unreadable-file",
      message: `${flag} ${path} cannot be read (${errorCode(cause)})`,
      hint,
      cause,
    });
  }
}
