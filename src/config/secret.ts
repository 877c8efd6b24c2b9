import { text } from "node:stream/consumers";
import { usageError } from "../errors.js";
import { readNamedFile } from "./named-file.js";

/** Reads a secret from a file, or from stdin for `-`, without surrounding white space. */
export async function readSecret(path: string, flag: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const content = path === "-" ? await text(stdin) : await readKeyFile(path, flag);
  const secret = content.trim();
  if (!secret)
    throw usageError({
      code: "empty-secret",
      message: `${flag} ${path} holds nothing`,
      hint: "put the key into it, on one line",
    });
  if (/\s/.test(secret))
    throw usageError({
      code: "bad-secret",
      message: `${flag} ${path} holds more than one word`,
      hint: "put only the key into it, on one line",
    });
  return secret;
}

async function readKeyFile(path: string, flag: string): Promise<string> {
  if (path.startsWith("sk-"))
    throw usageError({
      code: "secret-as-argument",
      message: `${flag} takes the name of a file, not a key`,
      hint: `put the key into a file and name it: ${flag} key.txt`,
    });
  return readNamedFile(path, flag, "name a file that you can read, or - for stdin");
}
