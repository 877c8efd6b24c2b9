import type { RunEnd } from "../../src/runs/schema.js";
import type { ProbeEvent, SlotReading } from "../../src/verdict/events.js";
import { call } from "./events.js";

type Proven = NonNullable<RunEnd["proven"]>;

/**
 * Calls one after another, each of which left what `proven` says, and readings around them: what a probe records that
 * proves just this.
 */
export function provingEvents(proven: Proven): ProbeEvent[] {
  const { key, fromMs, untilMs, stayedMs, members, rise } = proven;
  const count = rise ? rise.to - rise.from : members.length;
  const look = (atMs: number, left: number, rest: Partial<SlotReading> = {}): SlotReading => ({
    ...{ kind: "slots", fromMs: atMs, atMs, moment: "calls", key, timeMs: fromMs + atMs, requests: null, tokens: null },
    ...(rise ? asNumber(rise, left) : asSet(members.slice(0, left))),
    ...rest,
  });
  const events: ProbeEvent[] = [look(0, 0, { moment: "before" })];
  for (let n = 1; n <= count; n++) events.push(look(n * 100 + 20, n), call(n, n * 100, n * 100 + 50));
  const endMs = count * 100 + 50;
  events.push(look(endMs + 2100, count, { moment: "look" }));
  events.push(look(endMs + stayedMs, count, { moment: "look", timeMs: untilMs }));
  return events;
}

const asNumber = ({ from, ttlMs }: NonNullable<Proven["rise"]>, left: number) =>
  from + left === 0
    ? { type: "none", ttlMs: -2, held: 0, value: "", members: [] }
    : { type: "string", ttlMs, held: from + left, value: `${from + left}`, members: [] };

const asSet = (members: Proven["members"]) =>
  members.length === 0
    ? { type: "none", ttlMs: -2, held: 0, value: "", members: [] }
    : { type: "zset", ttlMs: 3_600_000, held: members.length, value: "", members };
