import { z } from "zod";
import { count } from "./parts.js";

export const labDocument = z.object({
  schema: z.literal("llmctl.lab/1"),
  baseUrl: z.string(),
  redisUrl: z.string(),
  version: z.string(),
  /** One of `lab --sick`, or `as-released`. */
  sickness: z.string(),
  limit: count,
  workers: count,
  /** The admin's key, when the lab made it up; null when it was given. */
  masterKey: z.string().nullable(),
  /** The ready-made key, when the lab made it up; null when it was given. */
  key: z.string().nullable(),
});

export type LabDocument = z.infer<typeof labDocument>;
