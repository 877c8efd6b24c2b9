import type { Context } from "../config/context.js";
import type { LitellmApi } from "../litellm/api/http.js";
import { changeKey, type KeyFields, planUpdate } from "../litellm/api/key-changes.js";
import type { FoundKey } from "../litellm/api/keys.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { mergeMetadata } from "./metadata.js";
import { changedFields } from "./stored-diff.js";

/** The fields to send, merged with the stored metadata, because LiteLLM replaces metadata as a whole. */
export const withStoredMetadata = (fields: KeyFields, { row }: FoundKey): KeyFields =>
  fields.metadata === undefined ? fields : { ...fields, metadata: mergeMetadata(row.metadata, fields.metadata) };

/** Changes a key and compares the stored fields with the requested ones. */
export async function change(
  context: Context,
  api: LitellmApi,
  found: FoundKey,
  fields: KeyFields,
): Promise<KeyDocument> {
  const at = context.clock.wall();
  const answer = await changeKey(api, found.token, planUpdate(found.token, fields));
  // `key` repeats the hash that was sent, never a secret.
  const { key: _, ...row } = answer;
  return {
    schema: "llmctl.key/1",
    key: { ...row, token: found.token },
    changed: changedFields(fields, row, at),
    planned: null,
    writtenTo: null,
  };
}

/**
 * Whether the key already has these fields. A new lifetime is always a change, because it starts again; 1970 matches
 * none.
 */
export const isAlreadySo = (fields: KeyFields, { row }: FoundKey): boolean =>
  changedFields(fields, row, 0).length === 0;
