import type { Clock } from "../config/clock.js";
import type { CallRecord } from "../verdict/history.js";
import type { Connections } from "./connections.js";
import type { Endpoint } from "./endpoints/endpoint.js";
import { Exchange } from "./exchange.js";
import type { Gate } from "./gate.js";

/** When to leave a call on purpose: after so many content events, or so many milliseconds after it was sent. */
export type Leave = { readonly events: number } | { readonly ms: number };

/** Limits of one call in milliseconds: for connecting, for the first byte after sending, and for all of it. */
export interface CallLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What is asked. Many calls can be made of one order, and it must not change between them. */
export interface CallOrder {
  readonly baseUrl: string;
  readonly endpoint: Endpoint;
  /** Null: the server asks for none. */
  readonly key: string | null;
  /** As far as is known the other side is not LiteLLM, so a refusal is the server's own, whatever its words. */
  readonly plain?: boolean;
  readonly body: object;
  readonly leave: Leave | null;
  readonly limits: CallLimits;
}

/** Which call of a run it is. */
export type Seat = Pick<CallRecord, "n" | "round" | "phase" | "lookMs" | "dueMs">;

/** How a call went; times count from `origin`. */
export type CallResult = Omit<CallRecord, "kind" | keyof Seat>;

/** Of a call that is no part of a run. */
const ALONE: Seat = { n: 1, round: 1, phase: "sequence", lookMs: 0, dueMs: null };

export interface Surroundings {
  readonly clock: Clock;
  /** Monotonic time that counts as 0. */
  readonly origin: number;
  /** Ends the call at once: `interrupted`. */
  readonly signal: AbortSignal;
  /** Where the calls of a burst wait for each other. */
  readonly gate?: Gate | undefined;
  /** Connections of this server that are kept from call to call. */
  readonly connections?: Connections | undefined;
}

/**
 * Makes one call. It has a connection of its own, so that calls spread over a proxy's workers, or one of `connections` where they are given.
 * Never throws for what the other side does.
 */
export function makeCall(order: CallOrder, surroundings: Surroundings): Promise<CallRecord> {
  return new Promise((resolve) => startCall(order, surroundings, ALONE, resolve));
}

/**
 * The same for those who make thousands a second. `onEnd` is called once, in the very moment in which the call ends: a call that is started in it
 * takes over the connection and goes out at once.
 */
export function startCall(
  order: CallOrder,
  surroundings: Surroundings,
  seat: Seat,
  onEnd: (call: CallRecord) => void,
): void {
  new Exchange(order, surroundings, seat, onEnd).run();
}
