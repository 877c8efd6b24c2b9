import { PROVIDER_ENDINGS } from "../../verdict/endings.js";
import { type ProbeOptions, sayEnding } from "../options.js";

/** One way for the calls of a cell to end. */
export interface CellEnding {
  /** Only streams can end this way. */
  readonly streams?: true;
  /** The provider must do it, so the prompt is an instruction that it obeys: a fake provider, not a real model. */
  readonly scripted?: true;
  /** What it changes in the options. `scripted`: the provider obeys the prompt. */
  readonly change: (wish: ProbeOptions, scripted: boolean) => Partial<ProbeOptions>;
}

const order = (wish: ProbeOptions, scripted: boolean, words: string) =>
  scripted ? `${wish.prompt} ${words}` : wish.prompt;
const left = (leave: NonNullable<ProbeOptions["leave"]>) => ({ leave, ending: sayEnding(leave) });

/** Long enough for the calls of a burst to be in flight together. */
const UNHURRIED = "wait=150";
/** A stream must still be running when its client leaves. */
const LONG_ANSWER = 200;

/**
 * Not sooner: a busy proxy holds a call for a while before it asks the limiter, and a client that has left sees no
 * rejection.
 */
const LEAVE_MS = 2000;

/** Every ending by its name in flags and documents. */
export const CELL_ENDINGS = {
  completed: { change: (wish, scripted) => ({ prompt: order(wish, scripted, UNHURRIED) }) },
  "aborted-stream": {
    streams: true,
    change: (wish, scripted) => ({
      ...left({ events: scripted ? 8 : 3 }),
      maxTokens: Math.max(wish.maxTokens, scripted ? 0 : LONG_ANSWER),
      // Long enough for the calls of a burst to overlap visibly, and over before a slot would be late.
      prompt: order(wish, scripted, "chunks=15 gap=100"),
    }),
  },
  "aborted-early": {
    change: (wish, scripted) => ({
      ...left({ ms: scripted ? LEAVE_MS : 50 }),
      prompt: order(wish, scripted, "wait=5000"),
    }),
  },
  "provider-500": {
    scripted: true,
    change: (wish) => ({ ending: PROVIDER_ENDINGS.failed, prompt: order(wish, true, `${UNHURRIED} status=500`) }),
  },
  "provider-429": {
    scripted: true,
    change: (wish) => ({ ending: PROVIDER_ENDINGS.refused, prompt: order(wish, true, `${UNHURRIED} status=429`) }),
  },
  cut: {
    streams: true,
    scripted: true,
    change: (wish) => ({ ending: PROVIDER_ENDINGS.cut, prompt: order(wish, true, "chunks=6 gap=40 cut") }),
  },
  timeout: {
    scripted: true,
    change: (wish) => ({ ...left({ ms: LEAVE_MS }), prompt: order(wish, true, "hang") }),
  },
} satisfies Record<string, CellEnding>;

/** Name of an ending: a key of `CELL_ENDINGS`. */
export type CellEndingName = keyof typeof CELL_ENDINGS;
/** All names of endings, in the order of the matrix. */
export const CELL_ENDING_NAMES = Object.keys(CELL_ENDINGS) as CellEndingName[];
