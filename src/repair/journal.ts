import { z } from "zod";
import { NdjsonLog, readLog } from "../config/ndjson-log.js";
import { isSystemError } from "../errors.js";

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
  /**
   * `found`: it stood there as it was, put back before by an undo that died, or made anew by calls that count the same.
   */
  z.object({ step: z.literal("back"), repair: z.string(), at: z.string(), found: z.boolean().optional() }),
  z.object({ step: z.literal("not-back"), repair: z.string(), at: z.string(), reason: z.string() }),
  z.object({ step: z.literal("undone"), at: z.string() }),
]);

export type Step = z.infer<typeof step>;

/**
 * How an act ended. Its line reaches the disk with the next one: lost in a power cut, it leaves an act that may have
 * been carried out.
 */
const ENDINGS: ReadonlySet<Step["step"]> = new Set(["done", "refused", "back", "not-back"]);

/**
 * Opens a journal. What is about to be done is on the disk before the promise resolves, so that no crash leaves a
 * change without a line. Once a
 * line cannot be written it gives the reason, then and ever after, and nothing more may be done.
 */
export function openJournal(path: string): (line: Step) => Promise<string | undefined> {
  const log = new NdjsonLog<Step>(path);
  let failure: string | undefined;
  return async (line) => {
    if (failure !== undefined) return failure;
    await log.append(line, { sync: !ENDINGS.has(line.step) }).catch((error: unknown) => {
      if (!isSystemError(error)) throw error;
      failure = `the journal cannot be written: ${error.message}`;
    });
    return failure;
  };
}

/**
 * The steps of a journal; none where there is no such file. Exit 2 when others could have written it, or it is no file.
 */
export const readSteps = (path: string): Promise<Step[]> => readLog(path, step);

/** The last word about each repair; one that was never begun is not there. */
export const latestStepByRepair = (steps: readonly Step[]): ReadonlyMap<string, Step["step"]> =>
  new Map(steps.flatMap((one) => ("repair" in one ? [[one.repair, one.step] as const] : [])));
