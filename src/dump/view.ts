import { shortHash } from "../litellm/owner.js";
import type { DumpDocument, DumpKey } from "../report/documents/dump.js";
import { type Block, paragraph, state, table, type View } from "../report/view.js";
import { type Text, toned } from "../terminal/colour.js";
import { sayDuration } from "../terminal/duration.js";

const URGENCY: readonly DumpKey["state"][] = ["stuck", "wrong-type", "orphan", "negative", "full", "ok"];

/** Worst state first, then the fullest, then by name. */
export const byUrgency = (a: DumpKey, b: DumpKey): number =>
  URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) || (b.held ?? 0) - (a.held ?? 0) || a.key.localeCompare(b.key);

export function view(document: DumpDocument): View {
  const { keys, redis, proxy } = document;
  const told = proxy ? `, limits from ${proxy.baseUrl}${proxy.version ? ` (LiteLLM ${proxy.version})` : ""}` : "";
  const head = paragraph(toned("dim", `Redis ${redis.version ?? ""} at ${redis.url}${told}`));
  if (keys.length === 0) {
    return {
      blocks: [head, paragraph("No limiter keys: no call is in flight, and nothing was left behind.")],
      rows: [],
    };
  }
  return { blocks: [head, keyTable(keys), ...keys.filter((key) => key.slots.length > 0).map(slotTable)], rows: keys };
}

const keyTable = (keys: readonly DumpKey[]): Block =>
  table(
    [
      { name: "owner", shrinks: true },
      { name: "shape" },
      { name: "held", align: "right" },
      { name: "limit", align: "right" },
      { name: "ttl", align: "right" },
      { name: "oldest", align: "right" },
      { name: "state" },
      { name: "why", shrinks: true },
    ],
    keys.map((key) => [
      ownerCell(key),
      key.shape,
      key.held === null ? "-" : String(key.held),
      key.limit === null ? "-" : String(key.limit),
      ttlCell(key.ttlMs),
      key.oldestMs === null ? "-" : sayDuration(key.oldestMs),
      state(key.state),
      key.why,
    ]),
  );

function ownerCell({ owner, namespace, shape, key }: DumpKey): Text {
  if (shape === "rate" || shape === "unknown") return key;
  const who = owner.alias ?? shortHash(owner.id);
  return namespace ? `${namespace}: ${who}` : who;
}

const ttlCell = (ttlMs: number): Text => (ttlMs === -1 ? toned("warn", "none (-1)") : sayDuration(ttlMs));

const slotTable = (key: DumpKey): Block =>
  table(
    [
      { name: `slots of ${key.owner.alias ?? shortHash(key.owner.id)}` },
      { name: "started" },
      { name: "age", align: "right" },
    ],
    key.slots.map((slot) => [slot.id, slot.startedAt, sayDuration(slot.ageMs)]),
  );
