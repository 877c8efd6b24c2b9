import { z } from "zod";
import { count } from "./parts.js";

/** A row as LiteLLM returned it, with its own names; `token` is the hash. */
const litellmRow = z.looseObject({});

/** The document of `llmctl keys` for one key. */
export const keyDocument = z.object({
  schema: z.literal("llmctl.key/1"),
  key: litellmRow,
  /** Fields that the server stored differently than requested. */
  changed: z.array(z.object({ field: z.string(), asked: z.unknown(), stored: z.unknown() })),
  /** What --dry-run would have sent; null when it was sent, or when there was nothing to send. */
  planned: z.object({ method: z.string(), path: z.string(), body: litellmRow }).nullable(),
  /** The file with the secret, which is then not in `key`. */
  writtenTo: z.string().nullable(),
});

/** The document of `llmctl keys list`. */
export const keysDocument = z.object({
  schema: z.literal("llmctl.keys/1"),
  keys: z.array(
    z.object({
      key: litellmRow,
      /** Slots in use according to Redis; null without Redis. */
      held: z.number().nullable(),
      limit: count.nullable(),
    }),
  ),
});

/** See the schema `keyDocument`. */
export type KeyDocument = z.infer<typeof keyDocument>;
/** See the schema `keysDocument`. */
export type KeysDocument = z.infer<typeof keysDocument>;
