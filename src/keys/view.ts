import { shortHash } from "../litellm/owner.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { type Block, type Page, paragraph, table } from "../output/page.js";
import { type Text, toned } from "../terminal/colour.js";
import { describeChange } from "./stored-diff.js";

type Row = KeyDocument["key"];

/** The displayed fields in this order; the document has all that LiteLLM returned. */
const SHOWN: readonly (readonly [field: string, title: string])[] = [
  ["key", "secret"],
  ["key_alias", "alias"],
  ["token", "hash"],
  ["key_name", "name"],
  ["max_parallel_requests", "parallel limit"],
  ["rpm_limit", "requests/min"],
  ["tpm_limit", "tokens/min"],
  ["models", "models"],
  ["max_budget", "budget"],
  ["spend", "spent"],
  ["team_id", "team"],
  ["user_id", "user"],
  ["metadata", "metadata"],
  ["blocked", "blocked"],
  ["created_at", "created"],
  ["expires", "expires"],
];

/** Shown even when unset, because "no limit" is an answer too. */
const ALWAYS = new Set(["max_parallel_requests", "rpm_limit", "tpm_limit"]);

/** Renders a key. */
export function keyView(document: KeyDocument): Page {
  const { key, changed, planned } = document;
  const blocks: Block[] = [];
  if (planned) {
    blocks.push(
      paragraph(toned("strong", `would send: ${planned.method} ${planned.path}`), JSON.stringify(planned.body)),
    );
  } else blocks.push(fieldTable(key));
  if (changed.length > 0) {
    blocks.push(paragraph(...changed.map((one) => toned("warn", `not as asked: ${describeChange(one)}`))));
  }
  return { blocks, rows: [key] };
}

function fieldTable(key: Row): Block {
  const rows = SHOWN.map(([field, title]) => [title, say(key[field], field)] as const).filter(
    ([, text]) => text !== "",
  );
  return table(
    ["field", "value"],
    rows.map(([title, text]) => [toned("dim", title), text]),
  );
}

function say(value: unknown, field: string): Text {
  if (value === null || value === undefined) return ALWAYS.has(field) ? toned("dim", "none") : "";
  if (field === "blocked") return value === true ? toned("bad", "yes") : "";
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "all";
  if (typeof value === "object") return sayEntries(value);
  return String(value);
}

const sayEntries = (value: object): string =>
  Object.entries(value)
    .map(([name, one]) => `${name}=${typeof one === "string" ? one : JSON.stringify(one)}`)
    .join(", ");

/** A label for a key: `"ci" (0123456789ab…)`, or the hash alone. */
export function keyLabel(row: Row): string {
  const hash = shortHash(String(row.token ?? ""));
  return row.key_alias ? `"${String(row.key_alias)}" (${hash})` : hash;
}
