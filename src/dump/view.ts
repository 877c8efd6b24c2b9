import { shortHash } from "../litellm/owner.js";
import type { DumpDocument, DumpKey } from "../output/documents/dump.js";
import { type Block, type Page, paragraph, right, shrinking, state, table } from "../output/page.js";
import { type Text, toned } from "../terminal/colour.js";
import { formatDuration } from "../terminal/duration.js";

/** A table has at most this many rows; the document has more. */
const MOST_SHOWN = 500;

/** Renders the document for the terminal. */
export function view(document: DumpDocument): Page {
  const { keys, redis, proxy, truncated, total } = document;
  const known = keys.some(({ limit, owner }) => limit !== null || owner.alias !== null);
  const source = proxy
    ? `, ${known ? "limits from" : "proxy"} ${proxy.baseUrl}${proxy.version ? ` (LiteLLM ${proxy.version})` : ""}`
    : "";
  const head = paragraph(toned("dim", `Redis ${redis.version ?? ""} at ${redis.url}${source}`));
  if (keys.length === 0) {
    return {
      blocks: [head, paragraph("No limiter keys: no call is in flight, and nothing was left behind.")],
      rows: [],
    };
  }
  const shown = keys.slice(0, MOST_SHOWN);
  const slots = shown.filter((key) => key.slots.length > 0).flatMap(slotBlocks);
  const cut =
    truncated || shown.length < keys.length
      ? [
          paragraph(
            toned("warn", `The ${shown.length} most urgent of ${total} keys (${countStates(document)}).`),
            toned("dim", "All of them: --output ndjson or --output csv"),
          ),
        ]
      : [];
  return { blocks: [head, keyTable(shown), ...slots, ...cut], rows: keys };
}

const countStates = ({ states }: DumpDocument): string =>
  Object.entries(states)
    .sort(([, a], [, b]) => b - a)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");

const keyTable = (keys: readonly DumpKey[]): Block =>
  table(
    [
      shrinking("owner"),
      "shape",
      right("held"),
      right("limit"),
      right("ttl"),
      right("oldest"),
      "state",
      shrinking("why"),
    ],
    keys.map((key) => [
      ownerCell(key),
      key.shape,
      key.held === null ? "-" : String(key.held),
      key.limit === null ? "-" : String(key.limit),
      ttlCell(key.ttlMs),
      key.oldestMs === null ? "-" : formatDuration(key.oldestMs),
      state(key.state),
      key.why,
    ]),
  );

function ownerCell({ owner, namespace, shape, key }: DumpKey): Text {
  if (shape === "rate" || shape === "unknown") return key;
  const who = owner.alias ?? shortHash(owner.id);
  return namespace ? `${namespace}: ${who}` : who;
}

const ttlCell = (ttlMs: number): Text => (ttlMs === -1 ? toned("warn", "none (-1)") : formatDuration(ttlMs));

/** The owner stands above the table: a heading would be in capitals, and a hash in capitals is another one. */
const slotBlocks = (key: DumpKey): Block[] => [
  paragraph(toned("strong", `slots of ${key.owner.alias ?? shortHash(key.owner.id)}`)),
  table(
    ["slot", "started", right("age")],
    key.slots.map((slot) => [slot.id, slot.startedAt, formatDuration(slot.ageMs)]),
  ),
];
