import fc from "fast-check";
import { play } from "./play-scenario.js";
import { type Counts, newCounts } from "./redis-server.js";
import { Lane } from "./runner.js";
import { story } from "./scenario.js";

export interface CampaignOptions {
  readonly histories: number;
  /** Repeats a campaign; that of a failure, with its path, repeats and shrinks the failure. */
  readonly seed: number;
  readonly path?: string;
  /** How many Redis servers are at work side by side. */
  readonly lanes: number;
  /** Told after each history. */
  readonly progress?: (counts: Counts) => void;
  /** Ends early, with what was played by then. */
  readonly limitMs?: number;
}

/** Plays histories on several Redis servers at once and says how often what happened. Throws the smallest story that goes wrong. */
export async function campaign({ histories, seed, path, lanes, limitMs, progress }: CampaignOptions): Promise<Counts> {
  const counts = newCounts();
  const each = Math.ceil(histories / lanes);
  await Promise.all(
    Array.from({ length: lanes }, async (_, at) => {
      const lane = await Lane.open();
      try {
        await fc.assert(
          fc.asyncProperty(story, async (one) => {
            await play(lane, one, counts);
            progress?.(counts);
          }),
          {
            ...{ numRuns: each, seed: seed + at, endOnFailure: false },
            ...(path === undefined ? {} : { path }),
            ...(limitMs === undefined ? {} : { interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false }),
          },
        );
      } finally {
        await lane.close();
      }
    }),
  );
  return counts;
}
