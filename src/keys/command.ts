import { type Context, requireApiKey, requireBaseUrl } from "../config/context.js";
import { EXIT, interruptedError, usageError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { changeKey, deleteKey, planBlock, planCreate, planDelete, planUpdate } from "../litellm/api/key-changes.js";
import { type FoundKey, findKey } from "../litellm/api/keys.js";
import { readKeyDirectory } from "../litellm/key-directory.js";
import type { DocumentResult } from "../output/command-result.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { confirm } from "../terminal/prompt.js";
import { createAndVerify } from "./create.js";
import { type FieldFlags, fieldsFrom } from "./fields.js";
import { listDocument, listView } from "./list-view.js";
import { readReference } from "./reference.js";
import { done, nothingToDo, planned, unchanged } from "./results.js";
import { describeChange } from "./stored-diff.js";
import { change, isAlreadySo, withStoredMetadata } from "./update.js";
import { readHeld } from "./usage.js";
import { keyLabel } from "./view.js";

/** Flags that select a key. */
export interface ReferenceFlags {
  keyFile?: string;
}
/** Flags of `llmctl keys create`, as typed. */
export interface CreateFlags extends FieldFlags {
  writeKey?: string;
}
/** Flags of `llmctl keys update`, as typed. */
export interface UpdateFlags extends FieldFlags, ReferenceFlags {}

/** `llmctl keys create`: prompts when no options were given and stdin is a terminal. */
export async function create(context: Context, flags: CreateFlags): Promise<DocumentResult> {
  const api = connect(context);
  const fields = fieldsFrom(await saidOrAsked(context, flags), false);
  if (context.settings.dryRun) return planned(context, planCreate(fields), { ...fields });
  const { document, secret } = await createAndVerify(context, api, fields, flags.writeKey);
  sayChanges(context, document);
  if (document.changed.some(({ field, asked }) => field === "expires" && asked !== null)) {
    // Seen on 1.79.1: it ends new keys at the next whole hour, midnight or month, but counts exactly in an update.
    context.terminal.note(`to set it exactly: llmctl keys update ${document.key.token} --duration ${fields.duration}`);
  }
  if (fields.max_parallel_requests === undefined) {
    context.terminal.note("this key has no parallel limit; set one: llmctl keys update <hash> --mpr 5");
  }
  if (document.writtenTo !== null) {
    context.terminal.note(`the secret is in ${document.writtenTo}`);
    return done(document, { brief: String(document.key.token) });
  }
  context.terminal.note("Save the secret now; it is not shown again.");
  return done(document, { brief: secret, reveals: [secret] });
}

/** The flags, or the answers to prompts when there are none. */
async function saidOrAsked(context: Context, flags: CreateFlags): Promise<FieldFlags> {
  const { terminal, settings } = context;
  const said = OWN_FLAGS.some((name) => flags[name] !== undefined);
  if (said || settings.yes) return flags;
  if (!terminal.interactive) {
    throw usageError({
      code: "answer-missing",
      message: "no options given, and stdin is not a terminal",
      hint: "say its limit: --mpr 5; or --yes for a key without limits",
    });
  }
  const { askForKey } = await import("./wizard.js");
  return askForKey(terminal, context.signal);
}

const OWN_FLAGS = [
  "alias",
  "maxParallelRequests",
  "rpm",
  "tpm",
  "models",
  "duration",
  "budget",
  "team",
  "user",
  "metadata",
] as const satisfies readonly (keyof FieldFlags)[];

/** `llmctl keys list`: every key, with its slots in use if Redis is configured. */
export async function list(context: Context): Promise<DocumentResult> {
  const api = connect(context);
  const keyDirectory = await readKeyDirectory(api);
  const document = listDocument(keyDirectory, await readHeld(context, api));
  const brief = document.keys.map(({ key }) => String(key.token)).join("\n");
  return { kind: "document", document, page: listView(document, context.clock.wall()), exit: EXIT.done, brief };
}

/** `llmctl keys show`. */
export async function show(context: Context, word: string | undefined, flags: ReferenceFlags): Promise<DocumentResult> {
  const { found } = await find(context, word, flags);
  return done(unchanged(found));
}

/** `llmctl keys update`. */
export async function update(context: Context, word: string | undefined, flags: UpdateFlags): Promise<DocumentResult> {
  const said = fieldsFrom(flags, true);
  if (Object.keys(said).length === 0) {
    throw usageError({
      code: "nothing-to-change",
      message: "nothing to change",
      hint: "for example: --mpr 5, or --mpr none to take the limit away",
    });
  }
  const { api, found } = await find(context, word, flags);
  const fields = withStoredMetadata(said, found);
  if (said.metadata !== undefined) {
    const names = Object.keys(fields.metadata ?? {}).filter((name) => !Object.hasOwn(said.metadata ?? {}, name));
    if (names.length > 0)
      context.terminal.note(`LiteLLM replaces metadata as a whole; kept and sent along: ${names.join(", ")}`);
  }
  if (context.settings.dryRun) {
    return isAlreadySo(fields, found)
      ? nothingToDo(context, found)
      : planned(context, planUpdate(found.token, fields), found.row);
  }
  const document = await change(context, api, found, fields);
  sayChanges(context, document);
  saySpread(context);
  return done(document);
}

/** `llmctl keys block` and `unblock`. */
const setBlocked =
  (blocked: boolean) =>
  async (context: Context, word: string | undefined, flags: ReferenceFlags): Promise<DocumentResult> => {
    const { api, found } = await find(context, word, flags);
    const plan = planBlock(found.token, blocked);
    if (context.settings.dryRun) {
      return (found.row.blocked ?? false) === blocked ? nothingToDo(context, found) : planned(context, plan, found.row);
    }
    const row = await changeKey(api, found.token, plan);
    saySpread(context);
    return done(unchanged({ token: found.token, row }));
  };

/** `llmctl keys block`. */
export const block = setBlocked(true);
/** `llmctl keys unblock`. */
export const unblock = setBlocked(false);

/** `llmctl keys delete`: asks first. The document is the deleted key. */
async function remove(context: Context, word: string | undefined, flags: ReferenceFlags): Promise<DocumentResult> {
  const { api, found } = await find(context, word, flags);
  const { settings, terminal } = context;
  if (settings.dryRun) return planned(context, planDelete(found.token), found.row);
  const question = {
    message: `Delete the key ${keyLabel(found.row)}? Its callers are refused from then on.`,
    flag: "--yes",
    signal: context.signal,
  };
  if (!settings.yes && !(await confirm(terminal, question))) throw interruptedError("the key was not deleted");
  await deleteKey(api, found.token);
  terminal.note(`deleted ${keyLabel(found.row)}`);
  saySpread(context);
  return done(unchanged(found));
}

export { remove as delete };

function connect({ settings, signal }: Context): LitellmApi {
  const { timeoutMs } = settings;
  return new LitellmApi({ baseUrl: requireBaseUrl(settings), apiKey: requireApiKey(settings), timeoutMs, signal });
}

async function find(
  context: Context,
  word: string | undefined,
  { keyFile }: ReferenceFlags,
): Promise<{ api: LitellmApi; found: FoundKey }> {
  const reference = await readReference(context, word, keyFile);
  const api = connect(context);
  return { api, found: await findKey(api, reference) };
}

function sayChanges({ terminal }: Context, { changed }: KeyDocument): void {
  for (const one of changed) terminal.warn(`the proxy stored something else: ${describeChange(one)}`);
}

/**
 * Measured on 1.79.1 and 1.96.2: a change applies at once in the worker that answers and after 60 s in the others; from
 * 1.109 on after a second.
 */
const saySpread = ({ terminal }: Context): void =>
  terminal.note("other workers and pods follow within 60 s (from LiteLLM 1.109 on at once)");
