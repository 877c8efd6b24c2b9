import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { distrustOfFolder, readTrusted } from "../../../config/trusted-file.js";
import { usageError } from "../../../errors.js";

const line = z.object({
  at: z.string(),
  baseUrl: z.string(),
  /** Name of the counter, without a namespace. */
  key: z.string(),
  evidence: z.array(z.string()),
});

/** One deletion that a proxy was asked for. Nothing can be put back from it; it keeps the same evidence from being used twice. */
export type Deletion = z.infer<typeof line>;

const pathOf = (stateDir: string): string => join(stateDir, "through-proxy.ndjson");

/** Appends it; on the disk before the promise resolves, and before the proxy is asked. */
export async function recordDeletion(stateDir: string, deletion: Deletion): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = await open(pathOf(stateDir), "a", 0o600);
  try {
    await file.appendFile(`${(await file.stat()).size > 0 ? "\n" : ""}${JSON.stringify(deletion)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * When this counter was last deleted through this proxy, ms since 1970; 0 for never. Exit 2 when others could have written that log: it says
 * which evidence is spent.
 */
export async function lastDeletion(stateDir: string, baseUrl: string, key: string): Promise<number> {
  const path = pathOf(stateDir);
  const file = await readTrusted(path);
  const distrust = (await distrustOfFolder(stateDir)) ?? (file.kind === "distrusted" ? file.distrust : undefined);
  if (distrust) throw usageError("distrusted-journal", `${path} is not believed: ${distrust.why}`, distrust.fix);
  if (file.kind !== "read") return 0;
  const all = file.text.split("\n").flatMap((one) => {
    const parsed = line.safeParse(parse(one));
    return parsed.success ? [parsed.data] : [];
  });
  return Math.max(
    0,
    ...all.filter((one) => one.baseUrl === baseUrl && one.key === key).map(({ at }) => Date.parse(at)),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
