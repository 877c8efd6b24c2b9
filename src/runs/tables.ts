import { type Column, type TableBlock, table } from "../output/page.js";
import { type Text, type Tone, toned } from "../terminal/colour.js";
import { sayMs } from "../terminal/milliseconds.js";
import type { CallRecord, SlotReading } from "../verdict/history.js";
import { changesOf } from "./changes.js";
import { type CallOutcome, OUTCOMES, outcomeOf } from "./outcome.js";

const TONES: Record<CallOutcome, Tone> = {
  answered: "plain",
  refused: "bad",
  elsewhere: "warn",
  left: "plain",
  failed: "bad",
};

/** The limiter's own words are long and hold the key's hash; what they say is in the other columns. */
const sayRefusal = ({ rejection }: CallRecord): string =>
  rejection === null
    ? ""
    : [rejection.source, rejection.scope, rejection.limit === null ? null : `limit ${rejection.limit}`]
        .filter((one) => one !== null)
        .join(", ");

const after = (call: CallRecord, at: number | null): string => (at === null ? "-" : sayMs(at - call.sentMs));

const CALL_COLUMNS: readonly Column[] = [
  { name: "call", align: "right" },
  { name: "phase" },
  { name: "sent", align: "right" },
  { name: "first byte", align: "right" },
  { name: "took", align: "right" },
  { name: "outcome" },
  { name: "status", align: "right" },
  { name: "held after", align: "right" },
  { name: "note", shrinks: true },
];

/** One row a call. `held after` is the first reading of Redis after its end and before the next call was sent. */
export function callTable(
  calls: readonly CallRecord[],
  readings: readonly SlotReading[],
  how: Parameters<typeof table>[2] = {},
): TableBlock {
  const columns = readings.length > 0 ? CALL_COLUMNS : CALL_COLUMNS.filter(({ name }) => name !== "held after");
  const rows = calls.map((call) => {
    const cells: Record<string, Text> = {
      call: `${call.n}`,
      phase: call.phase,
      sent: sayMs(call.sentMs),
      "first byte": after(call, call.firstByteMs),
      took: sayMs(call.endedMs - call.sentMs),
      outcome: toned(TONES[outcomeOf(call)], OUTCOMES[outcomeOf(call)]),
      status: `${call.status ?? "-"}`,
      "held after": `${heldAfter(call, calls, readings)}`,
      note: [sayRefusal(call), call.error ?? "", call.cached ? "from the cache" : ""]
        .filter((one) => one !== "")
        .join("; "),
    };
    return columns.map(({ name }) => cells[name] ?? "");
  });
  return table(columns, rows, how);
}

function heldAfter(call: CallRecord, calls: readonly CallRecord[], readings: readonly SlotReading[]): number | string {
  const next = readings.find((one) => one.atMs >= call.endedMs);
  const disturbed =
    next && calls.some((other) => other !== call && other.sentMs < next.atMs && other.endedMs > call.endedMs);
  return next && !disturbed ? (next.held ?? "-") : "-";
}

/** One row a reading of the limiter's key, where it shows something new; and the last. */
export function readingTable(readings: readonly SlotReading[], title: string): TableBlock {
  return table(
    [
      { name: "at", align: "right" },
      { name: "moment" },
      { name: "type" },
      { name: "held", align: "right" },
      { name: "ttl", align: "right" },
      { name: "slots", shrinks: true },
    ],
    changesOf(readings).map((one) => [
      sayMs(one.atMs),
      one.moment,
      one.type,
      `${one.held ?? "-"}`,
      one.ttlMs === -2 ? "no key" : one.ttlMs === -1 ? "none (-1)" : sayMs(one.ttlMs),
      one.members.map(({ id }) => id).join(" "),
    ]),
    { title, show: "folded" },
  );
}
