import { z } from "zod";

/** The document of `doctor checks`. */
export const checksDocument = z.object({
  schema: z.literal("llmctl.checks/1"),
  checks: z.array(
    z.object({
      /** Accepted by `--only` and `--skip`. */
      id: z.string(),
      title: z.string(),
      group: z.string(),
      /** What the check requires: `proxy`, `admin key`, `Redis`, `config.yaml`. */
      needs: z.array(z.string()),
    }),
  ),
  /** `--only` and `--skip` accept these too. */
  groups: z.array(z.object({ id: z.string(), title: z.string(), checks: z.array(z.string()) })),
});

/** See the schema `checksDocument`. */
export type ChecksDocument = z.infer<typeof checksDocument>;
