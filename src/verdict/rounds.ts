import type { CallRecord } from "./events.js";
import { largest, smallest } from "./sorted-numbers.js";

/** The calls of one round. */
export interface Round {
  readonly round: number;
  /** Calls of the plan. */
  readonly planned: readonly CallRecord[];
  readonly looks: readonly CallRecord[];
  /** End of the last call of the plan. */
  readonly endMs: number;
  /** When a later round began; infinity when none did. */
  readonly nextMs: number;
}

/** Groups calls by round, in the order in which the rounds began. */
export function groupRounds(calls: readonly CallRecord[]): Round[] {
  const byRound = new Map<number, CallRecord[]>();
  for (const call of calls) {
    const round = byRound.get(call.round);
    if (round) round.push(call);
    else byRound.set(call.round, [call]);
  }
  const nextMs = new Map<number, number>();
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const [round, those] of [...byRound].sort(([a], [b]) => b - a)) {
    nextMs.set(round, earliestMs);
    earliestMs = smallest(
      those.map((call) => call.sentMs),
      earliestMs,
    );
  }
  return [...byRound].map(([round, those]) => {
    const planned = those.filter(({ phase }) => phase !== "look");
    const looks = those.filter(({ phase }) => phase === "look");
    const endMs = largest(planned.map((call) => call.endedMs));
    return { round, planned, looks, endMs, nextMs: nextMs.get(round) ?? earliestMs };
  });
}
