import type { Dispatcher } from "undici";
import type { Clock } from "../config/clock.js";
import { errorCode } from "../errors.js";
import { abortListeners } from "./abort-listeners.js";
import { classifyEnding, LocalAbort, wholeNumber } from "./call-ending.js";
import type { CallResult } from "./call-result.js";
import { Connection, type Connections } from "./connection.js";
import { type CallRequest, type EncodedRequest, encodeRequest } from "./encode-request.js";
import { ResponseReader } from "./response-reader.js";
import type { StartBarrier } from "./start-barrier.js";

/** What calls of one run share. */
export interface CallEnvironment {
  readonly clock: Clock;
  /** Monotonic time in milliseconds that counts as 0 in the result. */
  readonly origin: number;
  /** Ends the call at once: `interrupted`. */
  readonly signal: AbortSignal;
  /** Where the calls of a burst wait for each other. */
  readonly barrier?: StartBarrier | undefined;
  /**
   * Kept connections of this server. Without them each call opens its own, so that calls spread over a proxy's workers.
   */
  readonly connections?: Connections | undefined;
}

/** Makes one call. Never rejects: an error of the server or the network is part of the result. */
export const makeCall = (request: CallRequest, environment: CallEnvironment): Promise<CallResult> =>
  new Promise((resolve) => new HttpCall(encodeRequest(request), environment, resolve).start());

/**
 * Milliseconds within which a server's close that crossed our request arrives: one round trip. A later close is an
 * answer to the request.
 */
const CROSSED_MS = 500;
const CLOSED: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** Node's timers accept at most 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Which time limit passed: connecting, first byte, the planned abort, or the total. */
type Limit = "connect" | "firstByte" | "abort" | "total";

/**
 * One call in flight. It is its own undici handler and takes each time stamp before anything is read.
 * It uses undici's older handler interface, which passes the headers raw: an object of all of them costs 1.5 µs a call,
 * four of them 0.5.
 */
export class HttpCall implements Dispatcher.DispatchHandler {
  readonly #request: EncodedRequest;
  readonly #environment: CallEnvironment;
  readonly #onEnd: (result: CallResult) => void;
  #connection: Connection;
  /** Filled in during the call. */
  readonly #result: CallResult;
  readonly #timers: Record<Limit, NodeJS.Timeout | undefined>;
  #reader: ResponseReader | undefined;
  #over = false;
  /** The first byte of an answer has arrived. */
  #begun = false;
  #arrived = false;

  /**
   * `onEnd` is called once, synchronously when the call ends: a call started in it reuses the connection and is sent at
   * once, in the same turn of the event loop.
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
    abortListeners(signal).add(this);
    this.#limit("total", this.#request.limits.totalMs);
    if (this.#connection.isWarm && barrier) this.onConnected(() => this.#send());
    else this.#send();
  }

  onAbort(): void {
    this.#finish(new LocalAbort("interrupted", "interrupted"));
  }

  /**
   * Node keeps timers of one length in one list. Three of them cost 0.6 µs a call, as much as queues of our own did,
   * and 0.4 more with one call in flight.
   */
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
   * Whether our request crossed the close of a kept connection: the connection had carried an answer before, no byte
   * came back, and it ended at once. The server closed it before our request arrived, so it did not process the
   * request, and this is no error.
   */
  #crossed(error: Error): boolean {
    if (this.#over || this.#begun || !this.#connection.isWarm) return false;
    return CLOSED.has(errorCode(error) ?? "") && this.#now() - this.#result.sentMs <= CROSSED_MS;
  }

  /** Sends on a new connection, so it can happen only once. The times are those of the second sending. */
  #sendAgain(): void {
    this.#environment.connections?.countResent();
    void this.#connection.destroy();
    this.#connection = new Connection(this.#request.origin);
    clearTimeout(this.#timers.firstByte);
    clearTimeout(this.#timers.abort);
    this.#send();
  }

  /** The call ended: by itself, with an error, or because we ended it. */
  #finish(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#complete(failure);
    const { connect, firstByte, abort, total } = this.#timers;
    for (const timer of [connect, firstByte, abort, total]) clearTimeout(timer);
    const { signal, connections } = this.#environment;
    abortListeners(signal).delete(this);
    if (connections && !failure) {
      connections.give(this.#connection);
      this.#report();
    } else void this.#connection.destroy(failure).then(() => this.#report());
  }

  /** undici treats an error thrown here as an error of the call, and it would be lost. */
  #report(): void {
    try {
      this.#onEnd(this.#result);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Fills in what is known only at the end. */
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

  /** In microseconds: finer times mean nothing, and writing one costs as much as the rest of a call's line. */
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
