import { isAdmitted, isRefused, isUnanswered } from "./calls.js";
import type { CallRecord } from "./history.js";
import { leftSince } from "./left.js";
import type { Story } from "./story.js";

/** How many calls the key had room for at one time, as far as calls or Redis told. */
export interface Observation {
  /** When its first call was sent, or when Redis was read. */
  readonly atMs: number;
  readonly atLeast: number;
  readonly atMost: number;
  /** Empty when Redis told it. */
  readonly calls: readonly CallRecord[];
}

/** One round: what went wrong in it, and what was seen when it was looked at again. */
export interface Recovery {
  readonly round: number;
  /** End of the last call before the looks. */
  readonly endMs: number;
  readonly trouble: Observation;
  readonly looks: readonly Observation[];
}

/** Calls that were sent to find out how much room there is; of a load or a warm-up nobody knows how many should have found some. */
const asksForRoom = ({ phase }: CallRecord): boolean => phase === "sequence" || phase === "burst";

/** Calls that ran at the same time are one group. */
export function together(calls: readonly CallRecord[]): CallRecord[][] {
  const groups: CallRecord[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const call of [...calls].sort((a, b) => a.sentMs - b.sentMs)) {
    const group = groups.at(-1);
    if (group && call.sentMs < endMs) group.push(call);
    else groups.push([call]);
    endMs = Math.max(group && call.sentMs < endMs ? endMs : 0, call.endedMs);
  }
  return groups;
}

/** What a group of calls tells: with a refusal among them the room is known, without one it is at least their number. */
function observe(group: readonly CallRecord[]): Observation {
  const admitted = group.filter(isAdmitted).length;
  const unknown = group.filter(isUnanswered).length;
  const full = group.some(isRefused);
  const atMs = Math.min(...group.map((call) => call.sentMs));
  return { atMs, atLeast: admitted, atMost: full ? admitted + unknown : Number.POSITIVE_INFINITY, calls: group };
}

/** The rounds in which something was amiss: less room than the limit, or slots that stayed. */
export function recoveries(story: Story, limit: number): Recovery[] {
  const rounds = new Set(story.calls.map((call) => call.round));
  return [...rounds].flatMap((round) => {
    const calls = story.calls.filter((call) => call.round === round);
    const planned = calls.filter((call) => call.phase !== "look");
    const endMs = Math.max(...planned.map((call) => call.endedMs));
    const trouble =
      together(planned.filter(asksForRoom))
        .map(observe)
        .find((one) => one.atMost < limit) ?? leftTrouble(story, limit, endMs);
    if (!trouble) return [];
    return [{ round, endMs, trouble, looks: lookObservations(story, limit, calls, endMs) }];
  });
}

/** Calls were let through, but later than the allowed lag Redis still held slots of theirs. */
function leftTrouble(story: Story, limit: number, endMs: number): Observation | undefined {
  const late = story.readings.find((one) => one.atMs >= endMs + story.maxLagMs);
  const left = leftSince(story.readings[0], late);
  return late && left.held > 0
    ? { atMs: late.atMs, atLeast: 0, atMost: Math.max(0, limit - left.held), calls: [] }
    : undefined;
}

function lookObservations(story: Story, limit: number, calls: readonly CallRecord[], endMs: number): Observation[] {
  const looks = calls.filter((call) => call.phase === "look");
  const nextRound = Math.min(
    ...story.calls.filter((call) => call.round > (calls[0]?.round ?? 0)).map((call) => call.sentMs),
  );
  // Without bursts a call that is let through is all that can be asked for.
  const whole = (one: Observation) => (story.bursts || one.atLeast === 0 ? one : { ...one, atLeast: limit });
  const byCalls = together(looks).map(observe).map(whole);
  const byRedis = story.readings
    .filter((one) => one.moment === "look" && one.atMs >= endMs && one.atMs < nextRound)
    .filter((one) => !looks.some((call) => call.sentMs <= one.atMs && one.atMs <= call.endedMs + story.maxLagMs))
    .map((one): Observation => {
      const left = leftSince(story.readings[0], one).held;
      const taken = Math.max(left, one.held ?? 0);
      // Room in Redis is no proof that the proxy sees it: only what is taken counts.
      return {
        atMs: one.atMs,
        atLeast: left === 0 && (!story.bursts || hadFullBurst(calls, limit)) ? limit : 0,
        atMost: taken > 0 ? Math.max(0, limit - taken) : Number.POSITIVE_INFINITY,
        calls: [],
      };
    });
  return [...byCalls, ...byRedis].sort((a, b) => a.atMs - b.atMs);
}

/** The burst of the round had all its room, so an empty Redis after it says that all is well again. */
const hadFullBurst = (calls: readonly CallRecord[], limit: number): boolean =>
  calls.filter((call) => call.phase === "burst").filter(isAdmitted).length >= limit;

/** Some later look had more room than an earlier one had at most. */
export function grows({ trouble, looks }: Pick<Recovery, "trouble" | "looks">): boolean {
  const all = [trouble, ...looks];
  return all.some((early, at) => all.slice(at + 1).some((late) => late.atLeast > early.atMost));
}

/** Some later look had less room than an earlier one had at least. */
export function shrinks({ looks }: Pick<Recovery, "looks">): boolean {
  return looks.some((early, at) => looks.slice(at + 1).some((late) => late.atMost < early.atLeast));
}

/** Room that rose and fell and never came back is somebody else's. Where it did come back, slots of our own looks may have been the reason. */
export const roseAndFell = (one: Recovery, limit: number): boolean =>
  grows(one) && shrinks(one) && !one.looks.some((look) => look.atLeast >= limit);
