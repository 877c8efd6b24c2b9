import type { CallRecord, SlotReading } from "../events.js";
import { InFlight } from "../in-flight.js";
import type { Observations } from "../observations.js";
import { countUpTo, sorted } from "../sorted-numbers.js";
import { recoveries, roseAndFell } from "./capacity.js";
import { attributeNewSlots } from "./slot-attribution.js";

/** A busy proxy admits a call up to this long after its client has left, in milliseconds. */
const STRAGGLES_MS = 5000;

/** Until when a call may get its slot: the proxy still reads a call that we left before any answer. */
const mayEnterUntil = ({ endedMs, headersMs }: CallRecord): number => endedMs + (headersMs === null ? STRAGGLES_MS : 0);

/** The first sign of other clients' calls on the key; undefined when there is none. */
export function detectForeignTraffic(observations: Observations): string | undefined {
  const { calls, readings, limit } = observations;
  const most = limit.value;
  // With --exclusive nothing else uses the key, so capacity that comes and goes is the limiter's own doing.
  if (most !== null && !observations.exclusive && recoveries(observations).some((one) => roseAndFell(one, most))) {
    return "its room rose and fell while we waited";
  }
  if (countsMoreThan(observations)) return "its counter of requests rose by more than our calls";
  const running = new InFlight(calls, mayEnterUntil);
  const before = new Set(readings[0]?.type === "zset" ? readings[0].members.map(({ id }) => id) : []);
  for (const { reading, previous, fromMs, fresh, free } of attributeNewSlots(calls, readings, mayEnterUntil)) {
    if (fresh.length > free) return "slots appeared in Redis that no call of ours can have made";
    if (isGone(before, previous, reading)) return "slots that were there before our first call were given back";
    if (rise(previous, reading) > running.count(fromMs, reading.atMs))
      return "its counter in Redis rose by more than our calls";
  }
  return undefined;
}

function isGone(before: ReadonlySet<string>, previous: SlotReading, now: SlotReading): boolean {
  const old = previous.members.filter(({ id }) => before.has(id));
  const still = new Set(old.length > 0 ? now.members.map(({ id }) => id) : []);
  return old.some(({ id }) => !still.has(id));
}

const rise = (previous: SlotReading, now: SlotReading): number =>
  now.type === "string" ? (now.held ?? 0) - (previous.type === "string" ? (previous.held ?? 0) : 0) : 0;

/**
 * Every attempt raises the counter of requests by one. Where it falls, a new window has begun and the old count is
 * lost.
 */
function countsMoreThan({ calls, readings }: Observations): boolean {
  const [first] = readings;
  const sent = sorted(calls.filter((call) => first && call.endedMs >= first.fromMs).map((call) => call.sentMs));
  let counted = 0;
  return readings.some((reading, at) => {
    const before = readings[at - 1];
    if (!before || reading.requests === null) return false;
    const last = before.requests ?? 0;
    counted += reading.requests >= last ? reading.requests - last : reading.requests;
    return counted > countUpTo(sent, reading.atMs);
  });
}
