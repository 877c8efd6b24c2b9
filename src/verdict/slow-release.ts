import { isRefused } from "./calls.js";
import { type Recovery, recoveries } from "./room.js";
import type { Story } from "./story.js";
import { byCalls, byRedis, type Suspicion, seconds } from "./suspicion.js";

/** When a round's room came back, in milliseconds after its last call ended. */
export interface Lag {
  readonly recovery: Recovery;
  /** It was not back yet. */
  readonly fromMs: number;
  /** It was back. */
  readonly toMs: number;
}

/** Rounds whose room came back, early or late. */
export function lags(story: Story): Lag[] {
  const limit = story.limit.value;
  if (limit === null) return [];
  return recoveries(story, limit).flatMap((recovery) => {
    const { looks, endMs } = recovery;
    const back = looks.findIndex((one) => one.atLeast >= limit);
    if (back === -1) return [];
    const low = looks.slice(0, back).findLast((one) => one.atMost < limit);
    return [{ recovery, fromMs: low ? low.atMs - endMs : 0, toMs: (looks[back]?.atMs ?? endMs) - endMs }];
  });
}

/** The first look is due when a slot becomes late, so a key that is free then was in time, and one that is not was late. */
export function slowRelease(story: Story): Suspicion | undefined {
  const slow = lags(story).filter((lag) => lag.fromMs >= story.maxLagMs);
  const worst = slow.sort((a, b) => b.fromMs - a.fromMs)[0];
  if (!worst) return undefined;
  const refused = worst.recovery.looks.flatMap((one) => one.calls.filter(isRefused));
  const interval = `between ${seconds(worst.fromMs)} and ${seconds(worst.toMs)}`;
  return {
    kind: "slow-release",
    basis: "calls",
    proof: `slots came back ${interval} after our last call ended; more than ${seconds(story.maxLagMs)} is late`,
    evidence: [
      refused.length > 0
        ? byCalls(`still refused ${seconds(worst.fromMs)} after the end`, refused)
        : byRedis(`Redis still held slots of ours ${seconds(worst.fromMs)} after the end`),
    ],
  };
}

/** Rounds in which room was missing for a moment only. */
export const earlyLags = (story: Story): Lag[] => lags(story).filter((lag) => lag.fromMs < story.maxLagMs);
