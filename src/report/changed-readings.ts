import type { SlotReading } from "../verdict/events.js";

/**
 * Readings that differ from the one before, with the first and the last: during a wait Redis is read every second with
 * the same result.
 */
export const changesOf = (readings: readonly SlotReading[]): SlotReading[] =>
  readings.filter((one, at) => {
    const before = readings[at - 1];
    return !before || at === readings.length - 1 || differs(before, one);
  });

const differs = (a: SlotReading, b: SlotReading): boolean =>
  a.type !== b.type || a.held !== b.held || a.members.some(({ id }, at) => b.members[at]?.id !== id);
