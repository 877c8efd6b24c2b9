import { type Column, right, shrinking, type TableBlock, table } from "../output/page.js";
import { type Text, type Tone, toned } from "../terminal/colour.js";
import { formatMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/events.js";
import { type CallOutcome, OUTCOMES, outcomeOf } from "./call-outcome.js";
import { changesOf } from "./changed-readings.js";

const TONES: Record<CallOutcome, Tone> = {
  answered: "plain",
  refused: "bad",
  elsewhere: "warn",
  left: "plain",
  failed: "bad",
};

/** The limiter's own message is long and contains the key's hash; the other columns say the same. */
function noteOf({ rejection, error, cached }: CallRecord): string {
  const { source, scope, limit } = rejection ?? { source: null, scope: null, limit: null };
  const refusal = [source, scope, limit === null ? null : `limit ${limit}`].filter((one) => one !== null).join(", ");
  return [refusal, error, cached ? "from the cache" : null].filter(Boolean).join("; ");
}

const after = (call: CallRecord, at: number | null): string => (at === null ? "-" : formatMs(at - call.sentMs));

/** One row a call. `held after` is the first reading of Redis between its end and the next call. */
export function callTable(
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  how: Parameters<typeof table>[2] = {},
): TableBlock {
  const heldColumn: CallColumn = [right("held after"), (call) => `${heldAfter(call, calls, readings)}`];
  const columns: readonly CallColumn[] = [
    [right("call"), ({ n }) => `${n}`],
    ["phase", ({ phase }) => phase],
    [right("sent"), ({ sentMs }) => formatMs(sentMs)],
    [right("first byte"), (call) => after(call, call.firstByteMs)],
    [right("took"), (call) => after(call, call.endedMs)],
    ["outcome", (call) => toned(TONES[outcomeOf(call)], OUTCOMES[outcomeOf(call)])],
    [right("status"), ({ status }) => `${status ?? "-"}`],
    ...(readings.length > 0 ? [heldColumn] : []),
    [shrinking("note"), noteOf],
  ];
  const rows = calls.map((call) => columns.map(([, cell]) => cell(call)));
  return table(
    columns.map(([column]) => column),
    rows,
    how,
  );
}

type CallColumn = readonly [column: string | Column, cell: (call: CallRecord) => Text];

function heldAfter(call: CallRecord, calls: readonly CallRecord[], readings: readonly SlotReading[]): number | string {
  const next = readings.find((one) => one.atMs >= call.endedMs);
  const disturbed =
    next && calls.some((other) => other !== call && other.sentMs < next.atMs && other.endedMs > call.endedMs);
  return next && !disturbed ? (next.held ?? "-") : "-";
}

/** One row for each reading of the limiter's key that differs from the one before, and the last. */
export function readingTable(
  readings: readonly SlotReading[],
  title: string,
  most = Number.POSITIVE_INFINITY,
): TableBlock {
  return table(
    [right("at"), "moment", "type", right("held"), right("ttl"), shrinking("slots")],
    changesOf(readings)
      .slice(0, most)
      .map((one) => [
        formatMs(one.atMs),
        one.moment,
        one.type,
        `${one.held ?? "-"}`,
        one.ttlMs === -2 ? "no key" : one.ttlMs === -1 ? "none (-1)" : formatMs(one.ttlMs),
        one.members.map(({ id }) => id).join(" "),
      ]),
    { title, show: "folded" },
  );
}
