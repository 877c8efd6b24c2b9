import { z } from "zod";
import { count } from "./parts.js";

/** A row as LiteLLM returned it, with its own names; `token` is the hash. */
const litellmRow = z.looseObject({});

export const keyDocument = z.object({
  schema: z.literal("llmctl.key/1"),
  key: litellmRow,
  /** What the server stored differently from what was asked. */
  changed: z.array(z.object({ field: z.string(), asked: z.unknown(), stored: z.unknown() })),
  /** What --dry-run would have sent; null when it was sent, or when there was nothing to send. */
  planned: z.object({ method: z.string(), path: z.string(), body: litellmRow }).nullable(),
  /** The file that the secret was written to; then it is not in `key`. */
  writtenTo: z.string().nullable(),
});

export const keysDocument = z.object({
  schema: z.literal("llmctl.keys/1"),
  keys: z.array(
    z.object({
      key: litellmRow,
      /** Slots in use as Redis sees it; null when no Redis was given. */
      held: z.number().nullable(),
      limit: count.nullable(),
    }),
  ),
});

export type KeyDocument = z.infer<typeof keyDocument>;
export type KeysDocument = z.infer<typeof keysDocument>;
