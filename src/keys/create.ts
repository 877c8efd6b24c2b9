import type { Context } from "../config/context.js";
import { errorCode, LlmctlError, usageError } from "../errors.js";
import type { LitellmApi } from "../litellm/api/http.js";
import { createKey, deleteKey, type KeyFields, planCreate } from "../litellm/api/key-changes.js";
import { findKey } from "../litellm/api/keys.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { openSecretFile } from "./secret-file.js";
import { type Change, changedFields, unrequestedFields } from "./stored-diff.js";

/** A key that was just created. */
export interface MadeKey {
  readonly document: KeyDocument;
  readonly secret: string;
}

/**
 * Creates a key and verifies what was stored. If a secret file is named it is opened first, so that no secret is lost.
 */
export async function createAndVerify(
  context: Context,
  api: LitellmApi,
  fields: KeyFields,
  path?: string,
): Promise<MadeKey> {
  const file = path === undefined ? undefined : await openSecretFile(path);
  try {
    const made = await createKey(api, planCreate(fields));
    context.terminal.secrets.learn(made.secret);
    await file?.write(made.secret).catch((error: unknown) => takeBack(api, made.token, error));
    const changed = await compare(context, api, fields, made.token, made.row);
    const { key: secret, ...row } = { ...made.row, key: made.secret };
    const document: KeyDocument = {
      schema: "llmctl.key/1",
      key: file ? row : { ...row, key: secret },
      changed,
      planned: null,
      writtenTo: file?.path ?? null,
    };
    return { document, secret };
  } finally {
    await file?.close();
  }
}

/** Deletes the new key: without its secret it is useless. */
async function takeBack(api: LitellmApi, token: string, cause: unknown): Promise<never> {
  await deleteKey(api, token);
  const why = errorCode(cause) ?? String(cause);
  throw usageError({
    code: "unwritable-file",
    message: `the secret could not be written (${why}); the key was deleted again`,
    hint: "name a new file on a disk with room",
    cause,
  });
}

/** The reply repeats the request, so the key is read again. A failure here must not hide the new secret. */
async function compare(
  { terminal, clock }: Context,
  api: LitellmApi,
  asked: KeyFields,
  token: string,
  answered: Readonly<Record<string, unknown>>,
): Promise<Change[]> {
  let stored = answered;
  try {
    stored = (await findKey(api, token)).row;
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    terminal.warn(`the key was made, but what was stored could not be checked: ${error.message}`);
  }
  const madeAt = Date.parse(String(stored.created_at ?? answered.created_at));
  return [
    ...changedFields(asked, stored, Number.isNaN(madeAt) ? clock.wall() : madeAt),
    ...unrequestedFields(asked, stored),
  ];
}
