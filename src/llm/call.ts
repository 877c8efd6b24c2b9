import type { Clock } from "../config/clock.js";
import type { CallRecord } from "../verdict/history.js";
import type { Connections } from "./connection.js";
import type { Endpoint } from "./endpoints/endpoint.js";
import { HttpCall } from "./http-call.js";
import type { StartBarrier } from "./start-barrier.js";

/** When to leave a call on purpose: after so many content events, or so many milliseconds after it was sent. */
export type AbortAfter = { readonly events: number } | { readonly ms: number };

/** Limits of one call in milliseconds: for connecting, for the first byte after sending, and for all of it. */
export interface CallLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What is asked. Many calls can be made of one order, and it must not change between them. */
export interface CallRequest {
  readonly baseUrl: string;
  readonly endpoint: Endpoint;
  /** Null: the server asks for none. */
  readonly key: string | null;
  /** As far as is known the other side is not LiteLLM, so a refusal is the server's own, whatever its words. */
  readonly plain?: boolean;
  readonly body: object;
  readonly leave: AbortAfter | null;
  readonly limits: CallLimits;
}

/** Which call of a run it is. */
export type CallPosition = Pick<CallRecord, "n" | "round" | "phase" | "lookMs" | "dueMs">;

/** How a call went; times count from `origin`. */
export type CallResult = Omit<CallRecord, "kind" | keyof CallPosition>;

/** Of a call that is no part of a run. */
const SINGLE_CALL: CallPosition = { n: 1, round: 1, phase: "sequence", lookMs: 0, dueMs: null };

export interface CallEnvironment {
  readonly clock: Clock;
  /** Monotonic time that counts as 0. */
  readonly origin: number;
  /** Ends the call at once: `interrupted`. */
  readonly signal: AbortSignal;
  /** Where the calls of a burst wait for each other. */
  readonly gate?: StartBarrier | undefined;
  /** Connections of this server that are kept from call to call. */
  readonly connections?: Connections | undefined;
}

/**
 * Makes one call. It has a connection of its own, so that calls spread over a proxy's workers, or one of `connections` where they are given.
 * Never throws for what the other side does.
 */
export function makeCall(order: CallRequest, surroundings: CallEnvironment): Promise<CallRecord> {
  return new Promise((resolve) => startCall(order, surroundings, SINGLE_CALL, resolve));
}

/**
 * The same for those who make thousands a second. `onEnd` is called once, in the very moment in which the call ends: a call that is started in it
 * takes over the connection and goes out at once.
 */
export function startCall(
  order: CallRequest,
  surroundings: CallEnvironment,
  seat: CallPosition,
  onEnd: (call: CallRecord) => void,
): void {
  new HttpCall(order, surroundings, seat, onEnd).run();
}
