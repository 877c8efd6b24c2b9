import { text } from "node:stream/consumers";
import { usageError } from "../errors.js";
import { readNamedFile } from "./named-file.js";

/** Reads a secret from a file, or from stdin for `-`, without surrounding white space. */
export async function readSecret(path: string, flag: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const content = path === "-" ? await text(stdin) : await readKeyFile(path, flag);
  const secret = content.trim();
  if (!secret) throw usageError("empty-secret", `${flag} ${path} holds nothing`, "put the key into it, on one line");
  if (/\s/.test(secret))
    throw usageError("bad-secret", `${flag} ${path} holds more than one word`, "put only the key into it, on one line");
  return secret;
}

async function readKeyFile(path: string, flag: string): Promise<string> {
  if (path.startsWith("sk-"))
    throw usageError(
      "secret-as-argument",
      `${flag} takes the name of a file, not a key`,
      `put the key into a file and name it: ${flag} key.txt`,
    );
  return readNamedFile(path, flag, "name a file that you can read, or - for stdin");
}
