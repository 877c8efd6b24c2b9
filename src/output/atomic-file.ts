import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file whole or not at all, readable by its owner only: under another name first, on the disk, then renamed.
 * Its name is on the disk, too, before the promise resolves. What cannot be written, on a full disk for example, leaves
 * nothing behind and an older file as it was.
 *
 * Not by write-file-atomic: versions 7.0.1 and 8.0.0 sync the file and not its folder, so a power cut could take away
 * the name of a backup after Redis was changed.
 */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const part = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    const file = await open(part, "wx", mode);
    try {
      // Not `write`, which may take only a part where the disk is nearly full.
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes new names in a folder last through a power cut. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
