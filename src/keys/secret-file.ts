import { open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, usageError } from "../errors.js";
import { syncFolder } from "../output/atomic-file.js";

/** A new file for a secret. */
export interface SecretFile {
  readonly path: string;
  /** Writes the secret and waits until it is on disk. */
  write(secret: string): Promise<void>;
  /** Closes the file, and removes it if nothing was written. */
  close(): Promise<void>;
}

/**
 * Opens a new file (0600) before a key is created, so that no secret is lost. An existing file is exit 2 and stays
 * unchanged.
 */
export async function openSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
    const code = errorCode(cause);
    const why = code === "EEXIST" ? "exists already, and is left as it is" : `cannot be written (${code})`;
    throw usageError({
      code: "unwritable-file",
      message: `--write-key ${path} ${why}`,
      hint: "name a new file in a folder that you can write to",
      cause,
    });
  });
  let written = false;
  return {
    path,
    async write(secret) {
      await file.writeFile(`${secret}\n`);
      await file.sync();
      await syncFolder(dirname(path));
      written = true;
    },
    async close() {
      await file.close();
      if (!written) await unlink(path);
    },
  };
}
