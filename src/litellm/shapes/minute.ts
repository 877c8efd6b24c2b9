import type { Reading } from "../counters/read.js";
import { evidenceOf, type Shape } from "./shape.js";

/**
 * A minute is named in the proxy's local time, so it is certainly over only after a whole day and the largest time-zone
 * offset.
 */
export const GARBAGE_AFTER_MS = 26 * 3_600_000;

/** How long ago the minute in a key's name ended if it were UTC, in milliseconds; null when it is no time. */
export function minuteAgeMs(minute: string, nowMs: number): number | null {
  const [year, month, day, hour, min] = minute.split("-").map(Number);
  const end = Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, min) + 60_000;
  return Number.isNaN(end) ? null : nowMs - end;
}

function requestsIn(reading: Reading): number | null {
  try {
    const value: unknown = JSON.parse(reading.value);
    const held = (value as { current_requests?: unknown } | null)?.current_requests;
    return typeof held === "number" ? held : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * LiteLLM <= 1.77.1, or later with LEGACY_MULTI_INSTANCE_RATE_LIMITING: a JSON text for each minute that expires 60 s
 * after its last write.
 */
export const minute: Shape = {
  kind: "minute",
  recognise: (name) => name.family === "minute",
  held: requestsIn,
  oldestMs: () => null,
  judge(name, reading, { limit }) {
    const held = requestsIn(reading);
    if (reading.type !== "string" || held === null)
      return { state: "wrong-type", why: "not the JSON that LiteLLM writes" };
    const age = minuteAgeMs(name.minute ?? "", reading.timeMs);
    if (reading.ttlMs === -1 && age !== null && age > GARBAGE_AFTER_MS) {
      return { state: "orphan", why: "its minute is more than 26 h over and it has no expiry" };
    }
    if (held < 0) return { state: "negative", why: "lowered more often than raised; its minute ends by itself" };
    if (limit !== null && held >= limit) return { state: "full", why: "at the limit until its minute ends" };
    return { state: "ok", why: `${held} in flight in this minute` };
  },
  release(name, reading, evidence) {
    const garbage = evidenceOf(evidence, "impossible");
    if (reading.type !== "string" || garbage === undefined) return undefined;
    return {
      kind: "release-counter",
      key: name.name,
      value: reading.value,
      endless: reading.ttlMs === -1,
      lowerBy: null,
    };
  },
};
