import { shortHash } from "../litellm/owner.js";
import type { DumpChange, DumpKey } from "../output/documents/dump.js";
import { type Block, paragraph, right, shrinking, state, table } from "../output/page.js";
import { renderTable } from "../output/table.js";
import { type Text, toned } from "../terminal/colour.js";
import { formatDuration } from "../terminal/duration.js";
import { plural } from "../terminal/plural.js";
import type { KeyChange } from "./changes.js";
import type { Frame } from "./watch.js";

/** A change as a row of JSON. */
export const changeRow = ({ change, key, heldBefore }: KeyChange, now: number): DumpChange => ({
  schema: "llmctl.dump-change/1",
  time: new Date(now).toISOString(),
  change,
  heldBefore,
  ...key,
});

/** The screen to draw on. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
  readonly everyMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Lines besides those of keys: title, gap, table head, and the count of omitted keys. */
const FRAME_LINES = 5;
const WIDE = 120;

/** Renders a reading as lines for a screen of this size. */
export function drawFrame(frame: Frame, { width, height, colour, everyMs, now }: Canvas): string[] {
  const { document, changes, away } = frame;
  const before = new Map(changes.map((change) => [change.key.key, change]));
  const gone = changes.filter(({ change }) => change === "gone").map(({ key }) => key);
  const all = [...document.keys, ...gone];
  const shown = all.slice(0, Math.max(1, height - FRAME_LINES));
  const { redis, total } = document;
  const count = `${plural(total, "key")}${document.proxy ? "" : ", limits not known"}`;
  const title = `${redis.url}, ${count}, every ${formatDuration(everyMs)}, ${clockTime(now)}`;
  const blocks: Block[] = [paragraph(away ? toned("bad", `${away}; trying again`) : toned("dim", title))];
  const bar = width >= WIDE ? 24 : 10;
  if (shown.length > 0) blocks.push(keyTable(shown, before, bar));
  else blocks.push(paragraph("No limiter keys: no call is in flight, and nothing was left behind."));
  const hidden = all.length - shown.length;
  const lines = renderTable({ blocks }, { colour, width }).trimEnd().split("\n");
  return hidden > 0 ? [...lines, `… and ${hidden} more, less urgent`] : lines;
}

const keyTable = (keys: readonly DumpKey[], changes: ReadonlyMap<string, KeyChange>, bar: number): Block =>
  table(
    [shrinking("owner"), "held", right("since last"), right("oldest"), right("ttl"), "state"],
    keys.map((key) => {
      const change = changes.get(key.key);
      const gone = change?.change === "gone";
      return [
        ownerCell(key),
        gone ? "" : barOf(key, bar),
        changeCell(change),
        key.oldestMs === null || gone ? "-" : formatDuration(key.oldestMs),
        gone ? "-" : key.ttlMs === -1 ? toned("warn", "none") : formatDuration(key.ttlMs),
        gone ? toned("dim", "gone") : state(key.state),
      ];
    }),
  );

function ownerCell({ owner, namespace, shape, key }: DumpKey): Text {
  if (shape === "rate" || shape === "unknown") return key;
  const who = owner.alias ?? shortHash(owner.id);
  return namespace ? `${namespace}: ${who}` : who;
}

/** Slots held, as a share of the limit: `██████░░░░ 6/10`; only the number without a limit. */
function barOf({ held, limit, state: how }: DumpKey, width: number): Text {
  if (held === null) return "-";
  if (limit === null || limit <= 0) return String(held);
  const full = Math.max(0, Math.min(width, Math.round((held / limit) * width)));
  const text = `${"█".repeat(full)}${"░".repeat(width - full)} ${held}/${limit}`;
  return how === "ok" ? text : toned(how === "full" ? "warn" : "bad", text);
}

function changeCell(change: KeyChange | undefined): Text {
  if (change === undefined || change.change === "present") return "";
  if (change.change === "appeared") return toned("warn", "new");
  if (change.change === "gone") return toned("dim", "gone");
  const by = (change.key.held ?? 0) - (change.heldBefore ?? 0);
  if (by === 0) return "changed";
  return by > 0 ? toned("warn", `+${by}`) : toned("good", `−${-by}`);
}

const clockTime = (now: number): string => new Date(now).toTimeString().slice(0, 8);
