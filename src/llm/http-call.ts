import type { Dispatcher } from "undici";
import type { Clock } from "../config/clock.js";
import { errorCode } from "../errors.js";
import { abortListenersOf } from "./abort-listeners.js";
import { classifyEnding, LocalAbort, wholeNumber } from "./call-ending.js";
import type { CallResult } from "./call-result.js";
import { Connection, type Connections } from "./connection.js";
import { type CallRequest, type EncodedRequest, encodeRequest } from "./encode-request.js";
import { ResponseReader } from "./response-reader.js";
import type { StartBarrier } from "./start-barrier.js";

export interface CallEnvironment {
  readonly clock: Clock;
  /** Monotonic time that counts as 0 in the result. */
  readonly origin: number;
  /** Ends the call at once: `interrupted`. */
  readonly signal: AbortSignal;
  /** Where the calls of a burst wait for each other. */
  readonly barrier?: StartBarrier | undefined;
  /** Connections of this server that are kept from call to call. Without them each call opens one, so that calls spread over a proxy's workers. */
  readonly connections?: Connections | undefined;
}

/** Makes one call. Never throws for what the other side does. */
export const makeCall = (request: CallRequest, environment: CallEnvironment): Promise<CallResult> =>
  new Promise((resolve) => new HttpCall(encodeRequest(request), environment, resolve).start());

/** A close that crossed our request on its way reaches us within a round trip; one that comes later than the longest of those is an answer to it. */
const CROSSED_MS = 500;
const CLOSED: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Node's timers take no more than 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Which time limit passed: for the connection, for the first byte, until the call is aborted on purpose, for all of it. */
type Limit = "connect" | "firstByte" | "abort" | "total";

/**
 * One call under way. It is its own handler for undici, which reports to it as things happen; a time is taken before anything is read. The
 * handler has undici's older form, which hands headers over as they came: an object of all of them costs 1.5 µs a call, four of them 0.5.
 */
export class HttpCall implements Dispatcher.DispatchHandler {
  readonly #request: EncodedRequest;
  readonly #environment: CallEnvironment;
  readonly #onEnd: (result: CallResult) => void;
  #connection: Connection;
  /** Filled in as things happen. */
  readonly #result: CallResult;
  readonly #timers: Record<Limit, NodeJS.Timeout | undefined>;
  #reader: ResponseReader | undefined;
  #over = false;
  /** The first byte of an answer has come. */
  #begun = false;
  #arrived = false;

  /**
   * `onEnd` is called once, in the very moment in which the call ends: a call that is started in it takes over the connection and goes out at
   * once, without a turn of the event loop between them.
   */
  constructor(request: EncodedRequest, environment: CallEnvironment, onEnd: (result: CallResult) => void) {
    this.#request = request;
    this.#environment = environment;
    this.#onEnd = onEnd;
    this.#connection = environment.connections?.take() ?? new Connection(request.origin);
    this.#timers = { connect: undefined, firstByte: undefined, abort: undefined, total: undefined };
    this.#result = emptyResult(this.#now());
  }

  start(): void {
    const { signal, barrier } = this.#environment;
    if (signal.aborted) {
      this.onAbort();
      return;
    }
    abortListenersOf(signal).add(this);
    this.#limit("total", this.#request.limits.totalMs);
    if (this.#connection.isWarm && barrier) this.onConnected(() => this.#send());
    else this.#send();
  }

  onAbort(): void {
    this.#finish(new LocalAbort("interrupted", "interrupted"));
  }

  /** Node keeps timers of one length in one list: three of them cost 0.6 µs a call, as queues of our own did; 0.4 more with one call in flight. */
  #limit(limit: Limit, ms: number): void {
    clearTimeout(this.#timers[limit]);
    this.#timers[limit] = setTimeout(() => this.#passed(limit, ms), Math.min(ms, LONGEST_MS));
  }

  #passed(limit: Limit, ms: number): void {
    const late = { connect: "no connection", firstByte: "no first byte", total: "not done" };
    if (limit === "abort") this.#finish(new LocalAbort("aborted", `left after ${ms} ms`));
    else this.#finish(new LocalAbort("timeout", `${late[limit]} within ${ms} ms`));
  }

  onConnecting(): void {
    this.#limit("connect", this.#request.limits.connectMs);
  }

  onConnected(proceed: () => void): void {
    clearTimeout(this.#timers.connect);
    const { barrier } = this.#environment;
    if (barrier && !this.#arrived) {
      this.#arrived = true;
      void barrier.arrive().then(proceed);
    } else proceed();
  }

  onConnect(): void {
    const { abortAfter, limits } = this.#request;
    this.#result.sentMs = this.#now();
    this.#limit("firstByte", limits.firstByteMs);
    if (abortAfter && "ms" in abortAfter) this.#limit("abort", abortAfter.ms);
  }

  onResponseStarted(): void {
    this.#begun = true;
  }

  onHeaders(status: number, headers: readonly Buffer[]): boolean {
    this.#result.headersMs = this.#now();
    this.#reader = new ResponseReader(status, headers, this.#request.endpoint, this);
    return true;
  }

  onData(chunk: Buffer): boolean {
    const [reader, result] = [this.#reader, this.#result];
    if (this.#over || !reader) return true;
    result.lastByteMs = this.#now();
    if (result.firstByteMs === null) {
      result.firstByteMs = result.lastByteMs;
      clearTimeout(this.#timers.firstByte);
    }
    reader.take(chunk);
    const { abortAfter } = this.#request;
    if (abortAfter && "events" in abortAfter && reader.events >= abortAfter.events) {
      this.#finish(new LocalAbort("aborted", `left after ${reader.events} content events`));
    }
    return true;
  }

  onContent(): void {
    const result = this.#result;
    const at = result.lastByteMs ?? 0;
    result.firstTokenMs ??= at;
    if (result.lastTokenMs !== null) result.longestGapMs = Math.max(result.longestGapMs ?? 0, at - result.lastTokenMs);
    result.lastTokenMs = at;
  }

  onComplete(): void {
    this.#finish();
  }

  onError(error: Error): void {
    if (this.#crossed(error)) this.#sendAgain();
    else this.#finish(error);
  }

  #send(): void {
    if (!this.#over) this.#connection.send(this.#request.dispatch, this);
  }

  /**
   * Whether our request met the close of a kept connection: it went out on one that had carried an answer before, not one byte came back, and
   * the connection ended at once. The other side was done with it before our request was there, so it did not work on it, and that is no fault.
   */
  #crossed(error: Error): boolean {
    if (this.#over || this.#begun || !this.#connection.isWarm) return false;
    return CLOSED.has(errorCode(error) ?? "") && this.#now() - this.#result.sentMs <= CROSSED_MS;
  }

  /** On a new connection, so it can happen but once. The times are those of the second sending. */
  #sendAgain(): void {
    this.#environment.connections?.countResent();
    void this.#connection.destroy();
    this.#connection = new Connection(this.#request.origin);
    clearTimeout(this.#timers.firstByte);
    clearTimeout(this.#timers.abort);
    this.#send();
  }

  /** It has ended: by itself, or by an error, or by us. */
  #finish(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#complete(failure);
    const { connect, firstByte, abort, total } = this.#timers;
    for (const timer of [connect, firstByte, abort, total]) clearTimeout(timer);
    const { signal, connections } = this.#environment;
    abortListenersOf(signal).delete(this);
    if (connections && !failure) {
      connections.give(this.#connection);
      this.#report();
    } else void this.#connection.destroy(failure).then(() => this.#report());
  }

  /** undici takes what is thrown here for a fault of the call, and the error would be lost. */
  #report(): void {
    try {
      this.#onEnd(this.#result);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** What is known only at the end. */
  #complete(failure: Error | undefined): void {
    const [reader, result] = [this.#reader, this.#result];
    result.endedMs = this.#now();
    const { ending, rejection, error } = classifyEnding(reader, failure, this.#request.plain ?? false);
    result.ending = ending;
    result.rejection = rejection;
    result.error = error;
    if (!reader) return;
    const { status, events, headers } = reader;
    result.status = status;
    result.events = events;
    result.cached = headers["x-litellm-cache-key"] !== undefined;
    result.version = headers["x-litellm-version"] ?? null;
    result.limitHeader = wholeNumber(headers["x-ratelimit-api_key-limit-max_parallel_requests"]);
  }

  /** To the microsecond: finer times mean nothing, and writing one down costs as much as the rest of a call's line. */
  #now(): number {
    const { clock, origin } = this.#environment;
    return Math.round((clock.monotonic() - origin) * 1000) / 1000;
  }
}

const emptyResult = (sentMs: number): CallResult => ({
  sentMs,
  headersMs: null,
  firstByteMs: null,
  firstTokenMs: null,
  lastTokenMs: null,
  longestGapMs: null,
  lastByteMs: null,
  endedMs: sentMs,
  ending: "completed",
  status: null,
  events: 0,
  rejection: null,
  error: null,
  cached: false,
  version: null,
  limitHeader: null,
});
