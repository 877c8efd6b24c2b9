import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The cache folder that `install` fills. */
export const home =
  process.env.LLMCTL_LITELLM_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "llmctl-litellm");

/** One release a shape and sickness; `install` has the same list. 1.85.7 and 1.91.5 run with `bin/test litellm --full` only. */
export type Release = "1.79.1" | "1.85.7" | "1.91.5" | "1.95.0" | "1.109.1";

/** The folder of an installed release. Throws with the line to type when it is not there. */
export function releaseFolder(version: Release): string {
  const folder = join(home, version);
  if (!existsSync(join(folder, "prisma.ok"))) {
    throw new Error(`LiteLLM ${version} is not installed. Type: test/litellm/install ${version}`);
  }
  return folder;
}
