import { GARBAGE_AFTER_MS } from "../../../src/litellm/shapes/minute.js";
import { enoughMsIn, expectedOf, leastMsOf } from "./deployments.js";
import type { Truth } from "./model.js";
import type { Story } from "./scenario.js";
import type { Seen } from "./snapshot.js";

/** A proof of a number is good for so long after its run. */
const RISE_LIFE_MS = 15 * 60_000;

/** A watch of a key: the event before which it began, and the world's clock at its first and its last sample. */
export interface Watching {
  readonly since: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What design says may be taken away, written a second time, from the truth and not from what a doctor has read. */
export interface Rules {
  readonly story: Story;
  /** Redis TIME, ms. */
  readonly now: number;
  /** The event before which this doctor last read; who says that nothing runs says it of then. */
  readonly readBefore: number;
  /** Undefined when it was not watched. */
  readonly watched: Watching | undefined;
}

/** The limit that the doctor is told. */
export const limitOf = ({ plan }: Pick<Truth, "plan">, { deployment }: Story): number | null =>
  plan.told && deployment.rosterTold && plan.whose !== "theirs" ? plan.limit : null;

/** Members of a set that may go; all others may not. */
export function deadSlots(truth: Truth, { story, now, readBefore, watched }: Rules): Set<string> {
  if (!truth.mayChange) return new Set();
  const { olderThanS, idle } = story;
  const expected = expectedOf(truth, story);
  const still = watched !== undefined && truth.touched < watched.since;
  const whole = (id: string) =>
    (idle && (truth.born.get(id) ?? 0) < readBefore) || (expected === "windowed" && truth.endless && still);
  return new Set(
    [...truth.members].flatMap(([id, score]) => {
      const aged = olderThanS !== null && now - score * 1000 >= olderThanS * 1000;
      return whole(id) || aged || truth.provedSlots.get(id) === score ? [id] : [];
    }),
  );
}

/** By how much a number may be lowered; infinite when the whole key may go; 0 when it may not be touched. */
export function deadPart(truth: Truth, rules: Rules): number {
  const { story, now, readBefore, watched } = rules;
  const { plan } = truth.plan;
  if (plan.shape === "foreign" || !truth.mayChange) return 0;
  if (plan.shape === "minute") {
    return truth.endless && now - minuteEnd(truth.name) > GARBAGE_AFTER_MS ? Number.POSITIVE_INFINITY : 0;
  }
  const held = Number(truth.value);
  const limit = limitOf(truth, story);
  // One that ends while another begins leaves the same number: who says that nothing runs has to be right there.
  const contradicted = truth.live.some(({ born }) => born >= readBefore) && truth.success < readBefore;
  if (story.idle && held > 0 && !contradicted) return Number.POSITIVE_INFINITY;
  if (watched !== undefined && truth.live.length === 0 && watched.toMs - watched.fromMs >= leastMsOf(truth, story)) {
    if (expectedOf(truth, story) === "slots" && truth.endless && truth.touched < watched.since)
      return Number.POSITIVE_INFINITY;
    const moved = truth.success >= watched.since || (limit !== null && truth.below >= watched.since);
    if (expectedOf(truth, story) !== "slots" && held >= (limit ?? 1) && !moved) return Number.POSITIVE_INFINITY;
  }
  return Math.min(truth.proved, held - truth.live.length);
}

/** Whether a doctor has to repair it where there is evidence. */
const isReached = ({ mayChange, knownOurs }: Truth, { scope }: Story): boolean =>
  mayChange && (knownOurs || scope !== null);

/** What a doctor that nobody disturbs has to take away: members, or the number that has to be left (null: no key). */
export function dueSlots(truth: Truth, story: Story, now: number): Set<string> {
  const later = truth.touched + 1;
  if (!isReached(truth, story)) return new Set();
  return deadSlots(truth, {
    story,
    now,
    readBefore: later,
    watched: { since: later, fromMs: 0, toMs: enoughMsIn(story) },
  });
}

export function dueNumber(truth: Truth, story: Story, now: number): string | null {
  const { plan } = truth.plan;
  if (plan.shape === "foreign" || !isReached(truth, story)) return truth.value;
  if (plan.shape === "minute")
    return deadPart(truth, { story, now, readBefore: 0, watched: undefined }) > 0 ? null : truth.value;
  const held = Number(truth.value);
  const limit = limitOf(truth, story);
  if (story.idle) {
    // Nothing is watched then, for nothing runs.
    if (held > 0 && (truth.endless || (limit !== null && held >= limit))) return null;
  } else if (expectedOf(truth, story) === "slots") {
    if (truth.endless) return null;
  } else if (held >= (limit ?? 1) && (truth.endless || (isRetried(truth) && held >= truth.plan.limit))) return null;
  const { rise } = truth;
  const proves =
    rise !== null &&
    rise.endless === truth.endless &&
    held >= rise.to &&
    rise.agoMs < RISE_LIFE_MS &&
    truth.proved === rise.by;
  if (!proves) return truth.value;
  return held > rise.by ? `${held - rise.by}` : null;
}

/** Whether somebody goes on retrying it, so that attempts are seen. */
export const isRetried = ({ plan, type, endless }: Truth): boolean =>
  plan.plan.shape === "windowed" && plan.plan.retried && type === "string" && !endless;

function minuteEnd(name: string): number {
  const [year, month, day, hour, minute] = (name.split("::").at(-2) ?? "").split("-").map(Number) as number[];
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute) + 60_000;
}

/** Whether what stands in Redis is what must stand there. */
export function differs(truth: Truth, seen: Seen): string | undefined {
  if (truth.type !== seen.type) return `${truth.name} is a ${seen.type} and not a ${truth.type}`;
  if (truth.type === "none") return undefined;
  if (truth.type === "string" && truth.value !== seen.value)
    return `${truth.name} is ${seen.value} and not ${truth.value}`;
  if (truth.type === "zset") {
    const lines = (members: ReadonlyMap<string, number>) =>
      [...members]
        .map((pair) => pair.join("@"))
        .sort()
        .join(" ");
    if (lines(truth.members) !== lines(seen.members))
      return `${truth.name} holds ${lines(seen.members)} and not ${lines(truth.members)}`;
  }
  return truth.endless === (seen.pttl === -1) ? undefined : `${truth.name} has a TTL of ${seen.pttl}`;
}
