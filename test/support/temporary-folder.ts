import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * vitest's global setup: one temporary folder for the whole run. Tests, the processes that they start and os.tmpdir()
 * take it from TMPDIR. It is removed when the run ends, also by Ctrl-C: vitest then exits, and `exit` is emitted.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "llmctl-test-"));
  // Postgres does not run as root: its user has to get to its own folder below this one.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", remove);
  return remove;
}
