import { isAdmitted, isRefused, isUnanswered, type lastAdmittedEnd } from "../calls.js";
import type { CallRecord, SlotReading } from "../events.js";
import { InFlight } from "../in-flight.js";
import { type Observations, oncePerRun } from "../observations.js";
import { groupRounds, type Round } from "../rounds.js";
import { countBelow, type Sorted, smallest, sorted } from "../sorted-numbers.js";
import { leftAfter } from "./unreleased-slots.js";

/** How many calls the key had room for at one time, as far as calls or Redis show. */
export interface CapacityReading {
  /** When its first call was sent, or when Redis was read. */
  readonly atMs: number;
  readonly atLeast: number;
  readonly atMost: number;
  /** Empty when Redis showed it. */
  readonly calls: readonly CallRecord[];
}

/** A round with a problem: the problem, and what each recheck saw. */
export interface Recovery {
  readonly round: number;
  /** End of the last call before the rechecks. */
  readonly endMs: number;
  readonly trouble: CapacityReading;
  readonly looks: readonly CapacityReading[];
}

/**
 * Calls that measure the capacity. A load does not: its calls have no known number that should have found room. A
 * warm-up is sequential unless a load follows, and so is the first call of every run.
 */
const asksForRoom =
  (loaded: boolean) =>
  ({ phase, n }: CallRecord): boolean =>
    phase === "sequence" || phase === "burst" || (phase === "warm-up" && (n === 1 || !loaded));

/** Calls that ran at the same time are one group. */
export function groupOverlapping(calls: readonly CallRecord[]): CallRecord[][] {
  const groups: CallRecord[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const call of [...calls].sort((a, b) => a.sentMs - b.sentMs)) {
    const group = groups.at(-1);
    if (group && call.sentMs < endMs) group.push(call);
    else groups.push([call]);
    endMs = Math.max(endMs, call.endedMs);
  }
  return groups;
}

/** What a group of calls shows: the exact capacity if one was rejected, otherwise at least their number. */
export function capacityOf(group: readonly CallRecord[]): CapacityReading {
  const admitted = group.filter(isAdmitted).length;
  const unknown = group.filter(isUnanswered).length;
  const full = group.some(isRefused);
  const atMs = smallest(group.map((call) => call.sentMs));
  return { atMs, atLeast: admitted, atMost: full ? admitted + unknown : Number.POSITIVE_INFINITY, calls: group };
}

/** The rounds with a problem: less capacity than the limit, or slots that stayed. Empty while the limit is unknown. */
export const recoveries = oncePerRun((observations): readonly Recovery[] => {
  const limit = observations.limit.value;
  if (limit === null) return [];
  const redis = new LookedAt(observations, limit);
  const asks = asksForRoom(observations.calls.some(({ phase }) => phase === "load"));
  return groupRounds(observations.calls).flatMap((one) => {
    const { round, endMs, planned } = one;
    const trouble =
      groupOverlapping(planned.filter(asks))
        .map(capacityOf)
        .find(({ atMost }) => atMost < limit) ?? redis.leftTrouble(one);
    if (!trouble) return [];
    // Without bursts the most that can be observed is one admitted call.
    const whole = (seen: CapacityReading) =>
      observations.bursts || seen.atLeast === 0 ? seen : { ...seen, atLeast: limit };
    const byCalls = groupOverlapping(one.looks).map(capacityOf).map(whole);
    return [{ round, endMs, trouble, looks: [...byCalls, ...redis.looks(one)].sort((a, b) => a.atMs - b.atMs) }];
  });
});

/** What Redis showed beside the calls of the rounds. */
class LookedAt {
  readonly #observations: Observations;
  readonly #limit: number;
  readonly #times: Sorted;
  readonly #left: ReturnType<typeof leftAfter>;

  constructor(observations: Observations, limit: number) {
    this.#observations = observations;
    this.#limit = limit;
    this.#times = sorted(observations.readings.map(({ atMs }) => atMs));
    this.#left = leftAfter(observations.readings[0]);
  }

  /** The readings from one moment on, up to another. */
  #between(fromMs: number, toMs: number): readonly SlotReading[] {
    return this.#observations.readings.slice(countBelow(this.#times, fromMs), countBelow(this.#times, toMs));
  }

  /** Calls were admitted, but Redis still held their slots after the allowed lag. */
  leftTrouble({ endMs, nextMs }: Round): CapacityReading | undefined {
    const [late] = this.#between(endMs + this.#observations.maxLagMs, nextMs);
    const { held } = this.#left(late);
    return late && held > 0
      ? { atMs: late.atMs, atLeast: 0, atMost: Math.max(0, this.#limit - held), calls: [] }
      : undefined;
  }

  looks({ planned, looks, endMs, nextMs }: Round): CapacityReading[] {
    const { bursts, maxLagMs } = this.#observations;
    const holding = new InFlight(looks, ({ endedMs }) => endedMs + maxLagMs);
    const allBack = !bursts || hadFullBurst(planned, this.#limit);
    return this.#between(endMs, nextMs)
      .filter(({ moment, atMs }) => moment === "look" && holding.count(atMs, atMs) === 0)
      .map((reading): CapacityReading => {
        const left = this.#left(reading).held;
        const taken = Math.max(left, reading.held ?? 0);
        const full = (reading.held ?? 0) >= this.#limit;
        // Room in Redis does not prove that the proxy sees it: only an admitted call does.
        return {
          atMs: reading.atMs,
          atLeast: left === 0 && allBack && !full ? this.#limit : 0,
          atMost: taken > 0 ? Math.max(0, this.#limit - taken) : Number.POSITIVE_INFINITY,
          calls: [],
        };
      });
  }
}

/** The burst of the round found its full capacity, so an empty Redis after it means that everything was released. */
const hadFullBurst = (calls: readonly CallRecord[], limit: number): boolean =>
  calls.filter((call) => call.phase === "burst").filter(isAdmitted).length >= limit;

/**
 * The time that slots had had to be released at a moment after the round, in milliseconds: since its last call, or
 * since the last admitted call after it, because calls of rechecks hold slots too. `lastEndBefore` comes from
 * `lastAdmittedEnd`.
 */
export const elapsedSinceRelease = (
  { endMs }: Pick<Recovery, "endMs">,
  atMs: number,
  lastEndBefore: ReturnType<typeof lastAdmittedEnd>,
): number => atMs - Math.max(endMs, lastEndBefore(atMs) ?? 0);

/** Some later recheck found more capacity than an earlier one can have had. */
export function grows({ trouble, looks }: Pick<Recovery, "trouble" | "looks">): boolean {
  let least = trouble.atMost;
  return looks.some(({ atLeast, atMost }) => {
    const grew = atLeast > least;
    least = Math.min(least, atMost);
    return grew;
  });
}

/** Some later recheck found less capacity than an earlier one had at least. */
export function shrinks({ looks }: Pick<Recovery, "looks">): boolean {
  let most = 0;
  return looks.some(({ atLeast, atMost }) => {
    const shrank = atMost < most;
    most = Math.max(most, atLeast);
    return shrank;
  });
}

/**
 * Capacity that rose, fell and never fully returned points to other traffic. If it did return, slots of our own
 * rechecks may be the reason.
 */
export const roseAndFell = (one: Recovery, limit: number): boolean =>
  grows(one) && shrinks(one) && !one.looks.some((look) => look.atLeast >= limit);
