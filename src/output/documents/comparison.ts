import { z } from "zod";
import { instant } from "./parts.js";
import { finding, probeDocument, verdict } from "./probe.js";

/** The compared part of a run. */
const comparedRun = z.object({
  id: z.string(),
  startedAt: instant,
  target: probeDocument.shape.target,
  limit: probeDocument.shape.limit,
  status: verdict.shape.status,
  /** The file that was read. */
  run: z.string(),
});

/** The document of `llmctl report` with several runs. */
export const comparisonDocument = z.object({
  schema: z.literal("llmctl.comparison/1"),
  /** In the order of the arguments; all are compared with the first. */
  runs: z.array(comparedRun),
  /**
   * The last compared with the first: `worse` with a finding that the first has not, `better` without one that the
   * first has, `unclear` when one is inconclusive.
   */
  change: z.enum(["same", "better", "worse", "unclear"]),
  /**
   * Conditions that differ between the runs: the more there are, the less the comparison means. Values in the order of
   * the runs.
   */
  conditions: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  findings: z.array(
    z.object({
      kind: finding.shape.kind,
      /** One for each run; null where it has no such finding. */
      proofs: z.array(z.string().nullable()),
      change: z.enum(["stays", "gone", "new", "unclear"]),
    }),
  ),
  measures: z.array(
    z.object({
      name: z.string(),
      unit: z.enum(["calls", "slots", "ms"]),
      /** One for each run; null where it was not measured. */
      values: z.array(z.number().nullable()),
      /** The last less the first; null where one is missing. */
      difference: z.number().nullable(),
    }),
  ),
});

/** See the schema `comparisonDocument`. */
export type ComparisonDocument = z.infer<typeof comparisonDocument>;
