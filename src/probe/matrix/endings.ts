import { PROVIDER_ENDINGS } from "../../verdict/endings.js";
import { describeEnding, type ProbeOptions } from "../options.js";

/** One way for the calls of a cell to end. */
export interface CellEnding {
  /** Only streams can end this way. */
  readonly streams?: true;
  /** The provider must do it, so the prompt is an instruction that it obeys: a fake provider, not a real model. */
  readonly scripted?: true;
  /** What it changes in the options. `scripted`: the provider obeys the prompt. */
  readonly change: (options: ProbeOptions, scripted: boolean) => Partial<ProbeOptions>;
}

const order = (options: ProbeOptions, scripted: boolean, words: string) =>
  scripted ? `${options.prompt} ${words}` : options.prompt;
const left = (leave: NonNullable<ProbeOptions["leave"]>) => ({ leave, ending: describeEnding(leave) });

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
  completed: { change: (options, scripted) => ({ prompt: order(options, scripted, UNHURRIED) }) },
  "aborted-stream": {
    streams: true,
    change: (options, scripted) => ({
      ...left({ events: scripted ? 8 : 3 }),
      maxTokens: Math.max(options.maxTokens, scripted ? 0 : LONG_ANSWER),
      // Long enough for the calls of a burst to overlap visibly, and over before a slot would be late.
      prompt: order(options, scripted, "chunks=15 gap=100"),
    }),
  },
  "aborted-early": {
    change: (options, scripted) => ({
      ...left({ ms: scripted ? LEAVE_MS : 50 }),
      prompt: order(options, scripted, "wait=5000"),
    }),
  },
  "provider-500": {
    scripted: true,
    change: (options) => ({ ending: PROVIDER_ENDINGS.failed, prompt: order(options, true, `${UNHURRIED} status=500`) }),
  },
  "provider-429": {
    scripted: true,
    change: (options) => ({
      ending: PROVIDER_ENDINGS.refused,
      prompt: order(options, true, `${UNHURRIED} status=429`),
    }),
  },
  cut: {
    streams: true,
    scripted: true,
    change: (options) => ({ ending: PROVIDER_ENDINGS.cut, prompt: order(options, true, "chunks=6 gap=40 cut") }),
  },
  timeout: {
    scripted: true,
    change: (options) => ({ ...left({ ms: LEAVE_MS }), prompt: order(options, true, "hang") }),
  },
} satisfies Record<string, CellEnding>;

/** Name of an ending: a key of `CELL_ENDINGS`. */
export type CellEndingName = keyof typeof CELL_ENDINGS;
/** All names of endings, in the order of the matrix. */
export const CELL_ENDING_NAMES = Object.keys(CELL_ENDINGS) as CellEndingName[];
