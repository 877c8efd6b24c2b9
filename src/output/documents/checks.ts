import { z } from "zod";

export const checksDocument = z.object({
  schema: z.literal("llmctl.checks/1"),
  checks: z.array(
    z.object({
      /** What `--only` and `--skip` take. */
      id: z.string(),
      title: z.string(),
      group: z.string(),
      /** What the check cannot do without: `proxy`, `admin key`, `Redis`, `config.yaml`. */
      needs: z.array(z.string()),
    }),
  ),
  /** `--only` and `--skip` take these too. */
  groups: z.array(z.object({ id: z.string(), title: z.string(), checks: z.array(z.string()) })),
});

export type ChecksDocument = z.infer<typeof checksDocument>;
