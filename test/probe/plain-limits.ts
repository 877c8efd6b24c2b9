import type { CallResult } from "../../src/llm/call-result.js";
import { call as story } from "../support/events.js";
import type { VirtualClock } from "../support/virtual-clock.js";

/** A limit of requests over time, in one of the ways in which servers keep it. */
export interface RateOptions {
  readonly kind: "fixed" | "sliding" | "bucket";
  readonly number: number;
  readonly windowMs: number;
  /** Refused calls count too. */
  readonly countsRefused: boolean;
  /** When the first fixed window begins. */
  readonly phaseMs: number;
}

/** A limit of calls in flight that loses a place with every so many-th call; 0: none. */
export interface PlacesOptions {
  readonly limit: number;
  readonly leakEvery: number;
}

/** Lets a call in or not; what it returns is called when the call has ended. */
export type Door = (nowMs: number) => (() => void) | undefined;

export function rateDoor({ kind, number, windowMs, countsRefused, phaseMs }: RateOptions): Door {
  let came: number[] = [];
  let [level, atMs] = [number, 0];
  return (nowMs) => {
    if (kind === "bucket") {
      level = Math.min(number, level + ((nowMs - atMs) * number) / windowMs);
      atMs = nowMs;
      if (level < 1) return undefined;
      level -= 1;
      return () => {};
    }
    const begins = kind === "sliding" ? nowMs - windowMs : nowMs - ((nowMs + windowMs - phaseMs) % windowMs) - 1e-9;
    came = came.filter((ms) => ms > begins);
    const full = came.length >= number;
    if (!full || countsRefused) came.push(nowMs);
    return full ? undefined : () => {};
  };
}

export function placesDoor({ limit, leakEvery }: PlacesOptions): Door {
  let [held, through] = [0, 0];
  return () => {
    if (held >= limit) return undefined;
    held++;
    const leaks = leakEvery > 0 && ++through % leakEvery === 0;
    return () => {
      if (!leaks) held--;
    };
  };
}

/** A server in virtual time that says no without a word. */
export class Silent {
  readonly #clock: VirtualClock;
  readonly #door: Door;
  readonly #callMs: readonly number[];
  #running = 0;
  #n = 0;
  /** The most that ran at once. */
  most = 0;

  constructor(clock: VirtualClock, door: Door, callMs: readonly number[]) {
    this.#clock = clock;
    this.#door = door;
    this.#callMs = callMs;
  }

  call = async (): Promise<CallResult> => {
    const sentMs = this.#clock.monotonic();
    await this.#clock.sleep(1);
    const leave = this.#door(this.#clock.monotonic());
    if (!leave) {
      await this.#clock.sleep(2);
      const rejection = { source: "unnamed" as const, limit: null, scope: null, limiter: null, message: "no" };
      return this.#result(sentMs, { ending: "refused", status: 429, rejection });
    }
    this.most = Math.max(this.most, ++this.#running);
    const firstByteMs = this.#clock.monotonic() + 1;
    await this.#clock.sleep(this.#callMs[this.#n++ % this.#callMs.length] ?? 50);
    this.#running--;
    leave();
    return this.#result(sentMs, { firstByteMs, headersMs: firstByteMs });
  };

  #result(sentMs: number, rest: Partial<CallResult>): CallResult {
    const { kind, n, round, phase, lookMs, dueMs, ...times } = story(0, sentMs, this.#clock.monotonic());
    return { ...times, version: null, ...rest };
  }
}
