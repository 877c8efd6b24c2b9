import type { Member, SlotReading } from "../events.js";

/** How much more a reading holds than the one before our first call. */
export interface Unreleased {
  /** Slots, or the rise of a counter; never below 0. */
  readonly held: number;
  /** For a sorted set: the members that were not there before. */
  readonly members: readonly Member[];
}

/** What `now` holds beyond `before`. */
export const unreleasedSince = (before: SlotReading | undefined, now: SlotReading | undefined): Unreleased =>
  leftAfter(before)(now);

/** The same for many readings after one. */
export function leftAfter(before: SlotReading | undefined): (now: SlotReading | undefined) => Unreleased {
  const known = new Set(before?.members.map(({ id }) => id));
  const base = before?.type === "zset" ? 0 : (before?.held ?? 0);
  return (now) => {
    if (!before || !now) return { held: 0, members: [] };
    if (now.type !== "zset") return { held: Math.max(0, (now.held ?? 0) - base), members: [] };
    const members = now.members.filter(({ id }) => !known.has(id));
    return { held: members.length, members };
  };
}
