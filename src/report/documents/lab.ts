import { z } from "zod";
import { count } from "./parts.js";

export const labDocument = z.object({
  schema: z.literal("llmctl.lab/1"),
  baseUrl: z.string(),
  redisUrl: z.string(),
  version: z.string(),
  sickness: z.string(),
  limit: count,
  workers: count,
});

export type LabDocument = z.infer<typeof labDocument>;
