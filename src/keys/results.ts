import type { Context } from "../config/context.js";
import { EXIT } from "../errors.js";
import type { PlannedCall } from "../litellm/api/key-changes.js";
import type { FoundKey } from "../litellm/api/keys.js";
import type { DocumentResult } from "../output/command-result.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { keyView } from "./view.js";

/** The document of an unchanged key. */
export const unchanged = ({ token, row }: FoundKey): KeyDocument => ({
  schema: "llmctl.key/1",
  key: { ...row, token },
  changed: [],
  planned: null,
  writtenTo: null,
});

/** The result of a successful command. `--quiet` prints the hash. */
export const done = (document: KeyDocument, extra: Pick<DocumentResult, "brief" | "reveals"> = {}): DocumentResult => ({
  kind: "document",
  document,
  page: keyView(document),
  exit: EXIT.done,
  brief: String(document.key.token),
  ...extra,
});

/** The result of a dry run that would change something: a finding. */
export function planned(context: Context, call: PlannedCall, key: KeyDocument["key"]): DocumentResult {
  context.terminal.note("dry run: nothing was sent");
  const document: KeyDocument = {
    schema: "llmctl.key/1",
    key: { ...key },
    changed: [],
    planned: { ...call },
    writtenTo: null,
  };
  return {
    kind: "document",
    document,
    page: keyView(document),
    exit: EXIT.finding,
    brief: `${call.method} ${call.path} ${JSON.stringify(call.body)}`,
  };
}

/** The result of a dry run with nothing to change. */
export function nothingToDo(context: Context, found: FoundKey): DocumentResult {
  context.terminal.note("dry run: the key is so already, nothing would be sent");
  return done(unchanged(found));
}
