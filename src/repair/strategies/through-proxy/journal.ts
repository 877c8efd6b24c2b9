import { z } from "zod";
import { logPath, NdjsonLog, readLog, refuseDistrusted } from "../../../config/ndjson-log.js";
import { distrustOfFolder } from "../../../config/trusted-file.js";

const line = z.object({
  at: z.string(),
  baseUrl: z.string(),
  /** Name of the counter, without a namespace. */
  key: z.string(),
  evidence: z.array(z.string()),
});

/**
 * One deletion that a proxy was asked for. Nothing can be put back from it; it keeps the same evidence from being used
 * twice.
 */
export type Deletion = z.infer<typeof line>;

const pathOf = (stateDir: string): string => logPath(stateDir, "through-proxy");

/** Appends it; on the disk before the promise resolves, and before the proxy is asked. */
export const recordDeletion = (stateDir: string, deletion: Deletion): Promise<void> =>
  new NdjsonLog<Deletion>(pathOf(stateDir)).append(deletion);

/**
 * When this counter was last deleted through this proxy, ms since 1970; 0 for never. Exit 2 when others could have
 * written that log: it says
 * which evidence is spent.
 */
export async function lastDeletion(stateDir: string, baseUrl: string, key: string): Promise<number> {
  const path = pathOf(stateDir);
  const folder = await distrustOfFolder(stateDir);
  if (folder) refuseDistrusted(path, folder);
  const deletions = await readLog(path, line);
  return Math.max(
    0,
    ...deletions.filter((one) => one.baseUrl === baseUrl && one.key === key).map(({ at }) => Date.parse(at)),
  );
}
