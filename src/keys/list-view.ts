import type { KeyDirectory } from "../litellm/key-directory.js";
import { shortHash } from "../litellm/owner.js";
import type { KeysDocument } from "../output/documents/keys.js";
import { type Page, paragraph, right, shrinking, table } from "../output/page.js";
import { type Text, toned } from "../terminal/colour.js";
import { formatDuration } from "../terminal/duration.js";

type Entry = KeysDocument["keys"][number];

/** Creates the document of `keys list`. `held` is null without Redis. */
export const listDocument = (keyDirectory: KeyDirectory, held: ReadonlyMap<string, number> | null): KeysDocument => ({
  schema: "llmctl.keys/1",
  keys: [...keyDirectory].map(([token, row]) => ({
    key: { ...row, token },
    held: held === null ? null : (held.get(token) ?? 0),
    limit: row.max_parallel_requests ?? null,
  })),
});

/** Renders the list. `now`: milliseconds since 1970. */
export function listView(document: KeysDocument, now: number): Page {
  const { keys } = document;
  if (keys.length === 0) return { blocks: [paragraph("No keys. Make one: llmctl keys create --mpr 5")], rows: [] };
  const columns = [
    shrinking("alias"),
    "key",
    "hash",
    right("in use"),
    right("rpm"),
    right("tpm"),
    right("ends"),
    "state",
  ] as const;
  return {
    blocks: [
      table(
        columns,
        keys.map((entry) => cells(entry, now)),
      ),
    ],
    rows: keys,
  };
}

const cells = (entry: Entry, now: number): Text[] => [
  text(entry.key.key_alias),
  text(entry.key.key_name),
  shortHash(text(entry.key.token)),
  inUse(entry),
  text(entry.key.rpm_limit),
  text(entry.key.tpm_limit),
  ends(entry.key.expires, now),
  stateOf(entry, now),
];

const text = (value: unknown): string => (value === null || value === undefined || value === "" ? "-" : String(value));

/** `2/5`; `-/5` without Redis, `2/-` without a limit. */
function inUse({ held, limit }: Entry): Text {
  const cell = `${held ?? "-"}/${limit ?? "-"}`;
  if (held === null && limit !== null) return toned("dim", "-");
  return held !== null && limit !== null && held >= limit ? toned("warn", cell) : cell;
}

const expiryAt = (expires: unknown): number | null => (typeof expires === "string" ? Date.parse(expires) : null);

function ends(expires: unknown, now: number): string {
  const end = expiryAt(expires);
  if (end === null) return "-";
  return end > now ? formatDuration(end - now) : "past";
}

function stateOf({ key, held, limit }: Entry, now: number): Text {
  if (key.blocked === true) return toned("bad", "blocked");
  const end = expiryAt(key.expires);
  if (end !== null && end <= now) return toned("bad", "expired");
  if (limit !== null && limit <= 0) return toned("bad", "refuses all");
  return held !== null && limit !== null && held >= limit ? toned("warn", "full") : toned("good", "ok");
}
