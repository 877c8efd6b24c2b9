import { z } from "zod";

export const errorDocument = z.object({
  schema: z.literal("llmctl.error/1"),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable(), exit: z.number().int() }),
});

export type ErrorDocument = z.infer<typeof errorDocument>;
