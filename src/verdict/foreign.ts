import { isRefused } from "./calls.js";
import type { CallRecord, SlotReading } from "./history.js";
import { recoveries, roseAndFell } from "./room.js";
import type { Story } from "./story.js";

/** A busy proxy lets a call through up to so long after its client has left it. */
const STRAGGLES_MS = 5000;

/** Until when a call of ours may take its slot: one that we left before any answer is read by the proxy all the same. */
const mayEnter = ({ endedMs, headersMs }: CallRecord): number => endedMs + (headersMs === null ? STRAGGLES_MS : 0);

/** The first sign that calls of others ran on the key; undefined when there is none. */
export function foreignSign(story: Story): string | undefined {
  const { calls, readings, limit } = story;
  const most = limit.value;
  if (most !== null && recoveries(story, most).some((one) => roseAndFell(one, most))) {
    return "its room rose and fell while we waited";
  }
  if (countsMoreThan(story)) return "its counter of requests rose by more than our calls";
  const known = new Set(readings[0]?.members.map(({ id }) => id));
  const owners = new Set<CallRecord>();
  for (const [at, reading] of readings.entries()) {
    const previous = readings[at - 1];
    if (!previous) continue;
    const running = calls.filter((call) => call.sentMs <= reading.atMs && mayEnter(call) >= previous.fromMs);
    const fresh = reading.members.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    const free = running.filter((call) => !isRefused(call) && !owners.has(call));
    if (fresh.length > free.length) return "slots appeared in Redis that no call of ours can have made";
    for (const call of free.slice(0, fresh.length)) owners.add(call);
    const gone = goneSince(previous, reading, readings[0]);
    if (gone > 0) return "slots that were there before our first call were given back";
    if (rise(previous, reading) > running.length) return "its counter in Redis rose by more than our calls";
  }
  return undefined;
}

function goneSince(previous: SlotReading, now: SlotReading, first: SlotReading | undefined): number {
  if (first?.type !== "zset") return 0;
  const still = new Set(now.members.map(({ id }) => id));
  const before = new Set(first.members.map(({ id }) => id));
  return previous.members.filter(({ id }) => before.has(id) && !still.has(id)).length;
}

const rise = (previous: SlotReading, now: SlotReading): number =>
  now.type === "string" ? (now.held ?? 0) - (previous.type === "string" ? (previous.held ?? 0) : 0) : 0;

/** Every attempt raises the counter of requests by one. Where it falls a new window has begun, and what it had before is forgotten. */
function countsMoreThan({ calls, readings }: Story): boolean {
  const [first] = readings;
  let counted = 0;
  return readings.some((reading, at) => {
    const before = readings[at - 1];
    if (!first || !before || reading.requests === null) return false;
    const last = before.requests ?? 0;
    counted += reading.requests >= last ? reading.requests - last : reading.requests;
    return counted > calls.filter((call) => call.endedMs >= first.fromMs && call.sentMs <= reading.atMs).length;
  });
}
