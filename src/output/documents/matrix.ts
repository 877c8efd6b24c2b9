import { z } from "zod";
import { count, duration, instant } from "./parts.js";

const matrixCell = z.object({
  endpoint: z.string(),
  model: z.string(),
  stream: z.boolean(),
  /** `completed`, `aborted-stream`, `aborted-early`, `provider-500`, `provider-429`, `cut`, `timeout`. */
  ending: z.string(),
  /** `skipped`: the target cannot end calls that way, or the matrix stopped before. `planned`: a dry run. */
  status: z.enum([
    "healthy",
    "leak",
    "slow-release",
    "over-admission",
    "false-rejection",
    "inconclusive",
    "skipped",
    "planned",
  ]),
  /** One sentence: the finding, the doubt, or why it was skipped. */
  proof: z.string(),
  /** Members of the sorted set that prove it. */
  slots: z.array(z.string()),
  /** Calls that were sent. */
  calls: count,
  /** The file with every call; null when none was sent. */
  run: z.string().nullable(),
});

/** The document of `llmctl probe --matrix`. */
export const matrixDocument = z.object({
  schema: z.literal("llmctl.matrix/1"),
  startedAt: instant,
  durationMs: duration,
  target: z.object({ baseUrl: z.string(), version: z.string().nullable() }),
  limit: count.nullable(),
  cells: z.array(matrixCell),
});

/** One cell of a matrix. */
export type MatrixCell = z.infer<typeof matrixCell>;
/** See the schema `matrixDocument`. */
export type MatrixDocument = z.infer<typeof matrixDocument>;
