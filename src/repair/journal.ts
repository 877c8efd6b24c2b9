import { open } from "node:fs/promises";
import { z } from "zod";
import { readTrusted } from "../config/trusted-file.js";
import { usageError } from "../errors.js";
import { parseLine } from "../output/ndjson.js";

/** One step of a repair or of its undoing, written before or after it was made. */
const step = z.discriminatedUnion("step", [
  z.object({ step: z.literal("begin"), at: z.string(), epoch: z.string(), seq: z.number() }),
  /** An act is about to be sent. Without a line about its end, it may or may not have been carried out. */
  z.object({ step: z.literal("act"), repair: z.string(), at: z.string(), seq: z.number() }),
  z.object({ step: z.literal("done"), repair: z.string(), at: z.string() }),
  z.object({ step: z.literal("refused"), repair: z.string(), at: z.string(), reason: z.string() }),
  z.object({ step: z.literal("failed"), repair: z.string(), at: z.string(), reason: z.string() }),
  z.object({ step: z.literal("end"), at: z.string() }),
  z.object({ step: z.literal("undo"), at: z.string(), epoch: z.string(), seq: z.number() }),
  z.object({ step: z.literal("put-back"), repair: z.string(), at: z.string(), seq: z.number() }),
  /** `found`: it stood there as it was, put back before by an undo that died, or made anew by calls that count the same. */
  z.object({ step: z.literal("back"), repair: z.string(), at: z.string(), found: z.boolean().optional() }),
  z.object({ step: z.literal("not-back"), repair: z.string(), at: z.string(), reason: z.string() }),
  z.object({ step: z.literal("undone"), at: z.string() }),
]);

export type Step = z.infer<typeof step>;

/** How an act ended. The next line takes it to the disk with itself: lost in a power cut, it leaves an act that may have been carried out. */
const ENDINGS: ReadonlySet<Step["step"]> = new Set(["done", "refused", "back", "not-back"]);

/**
 * Appends to a journal. What is about to be done is on the disk before the promise resolves, so that no crash leaves a change without a line; how it
 * ended is written at once, and on the disk with the line after it.
 */
async function appendStep(path: string, line: Step): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    // A crash may have torn the last line; what comes now must not be joined to it.
    const torn = (line.step === "begin" || line.step === "undo") && (await file.stat()).size > 0;
    await file.appendFile(`${torn ? "\n" : ""}${JSON.stringify(line)}\n`);
    if (!ENDINGS.has(line.step)) await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes to a journal as `appendStep` does, until that fails once: from then on it gives the reason, and nothing more may be done. */
export function openJournal(path: string): (line: Step) => Promise<string | undefined> {
  let lost: string | undefined;
  return async (line) => {
    if (lost !== undefined) return lost;
    await appendStep(path, line).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined) throw error;
      lost = `the journal cannot be written: ${error.message}`;
    });
    return lost;
  };
}

/**
 * What a journal says. A line torn by a crash was never on the disk when anything was done, so it is left out. Exit 2
 * when others could have written it, or it is no file.
 */
export async function readSteps(path: string): Promise<Step[]> {
  const file = await readTrusted(path);
  if (file.kind === "distrusted") {
    throw usageError("distrusted-journal", `${path} is not believed: it ${file.distrust.why}`, file.distrust.fix);
  }
  return (file.kind === "read" ? file.text : "").split("\n").flatMap((line) => {
    const parsed = step.safeParse(parseLine(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** The last word about each repair; one that was never begun is not there. */
export const latestStepByRepair = (steps: readonly Step[]): ReadonlyMap<string, Step["step"]> =>
  new Map(steps.flatMap((one) => ("repair" in one ? [[one.repair, one.step] as const] : [])));
