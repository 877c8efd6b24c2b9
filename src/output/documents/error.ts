import { z } from "zod";

/** The document of a failed command with JSON output. */
export const errorDocument = z.object({
  schema: z.literal("llmctl.error/1"),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable(), exit: z.number().int() }),
});

/** See the schema `errorDocument`. */
export type ErrorDocument = z.infer<typeof errorDocument>;
