import { z } from "zod";
import { count } from "./parts.js";

/** The document of `llmctl lab`. */
export const labDocument = z.object({
  schema: z.literal("llmctl.lab/1"),
  baseUrl: z.string(),
  redisUrl: z.string(),
  version: z.string(),
  /** One of `lab --bug`, or `as-released`. */
  sickness: z.string(),
  limit: count,
  workers: count,
  /** The admin key if the lab created it; null when it was given. */
  masterKey: z.string().nullable(),
  /** The predefined key if the lab created it; null when it was given. */
  key: z.string().nullable(),
});

/** See the schema `labDocument`. */
export type LabDocument = z.infer<typeof labDocument>;
