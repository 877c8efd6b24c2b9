import type { World } from "./model.js";
import type { Taken } from "./oracle.js";
import type { Lane } from "./runner.js";
import type { Story } from "./scenario.js";

/** How often what happened, over many histories. */
export interface Counts {
  histories: number;
  /** Keys of the other deployment. */
  keysOfOthers: number;
  doctors: number;
  events: number;
  repairsDone: number;
  repairsRefused: number;
  repairsFailed: number;
  slotsFreed: number;
  countersFreed: number;
  /** Of these after a watch. */
  locksFreed: number;
  /** Calls that were refused while a doctor slept, and calls whose time was over. */
  retries: number;
  callsEnded: number;
  putBack: number;
  killed: number;
  interrupted: number;
  secondDoctors: number;
  usurpers: number;
  restarts: number;
  /** Numbers of which two doctors at once took what one run had proved: see Judge. */
  overtaken: number;
  /** Histories not judged to their end, because the whole machine stood still in the last doctor's watch or lock. */
  stalled: number;
}

export const newCounts = (): Counts => ({
  ...{ histories: 0, doctors: 0, events: 0, repairsDone: 0, repairsRefused: 0, repairsFailed: 0, slotsFreed: 0 },
  ...{ keysOfOthers: 0, locksFreed: 0, retries: 0, callsEnded: 0 },
  ...{
    countersFreed: 0,
    putBack: 0,
    killed: 0,
    interrupted: 0,
    secondDoctors: 0,
    usurpers: 0,
    restarts: 0,
    stalled: 0,
    overtaken: 0,
  },
});

/** All that belongs to one history while it is played. */
export interface Hospital {
  readonly lane: Lane;
  readonly world: World;
  readonly story: Story;
  readonly stateDir: string;
  readonly taken: Map<string, Taken>;
  /** What should not have been; empty at the end of every history. */
  readonly wrong: string[];
  readonly counts: Counts;
  /** Why the last doctor took nothing of a key, in its own words. */
  readonly doubts: Map<string, string>;
}
