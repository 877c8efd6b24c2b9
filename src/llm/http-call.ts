import type { Dispatcher } from "undici";
import type { CallRecord } from "../verdict/history.js";
import { abortListenersOf } from "./abort-listeners.js";
import type { CallEnvironment, CallPosition, CallRequest } from "./call.js";
import { classifyEnding, LocalAbort, wholeNumber } from "./call-ending.js";
import { Connection } from "./connection.js";
import { type Deadline, deadlineIn, type Limit } from "./deadlines.js";
import { encodeRequest } from "./encode-request.js";
import { ResponseReader } from "./response-reader.js";

/** A close that crossed our request on its way reaches us within a round trip; one that comes later than the longest of those is an answer to it. */
const CROSSED_MS = 500;
const CLOSED: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/**
 * One call under way. It is its own handler for undici, which is told of it as things happen; a time is taken before anything is read. The
 * handler has undici's older form, which hands headers over as they came: to make an object of all of them, for four that are read, costs as
 * much as all that is done here.
 */
export class HttpCall implements Dispatcher.DispatchHandler {
  readonly #order: CallRequest;
  readonly #around: CallEnvironment;
  readonly #seat: CallPosition;
  readonly #onEnd: (call: CallRecord) => void;
  #connection: Connection;

  #sentMs: number;
  #headersMs: number | null = null;
  #firstByteMs: number | null = null;
  #firstTokenMs: number | null = null;
  #lastTokenMs: number | null = null;
  #longestGapMs: number | null = null;
  #lastByteMs: number | null = null;

  #connect: Deadline | undefined;
  #firstByte: Deadline | undefined;
  #leave: Deadline | undefined;
  #total: Deadline | undefined;

  #answer: ResponseReader | undefined;
  #over = false;
  /** The first byte of an answer has come. */
  #begun = false;
  #arrived = false;

  constructor(order: CallRequest, around: CallEnvironment, seat: CallPosition, onEnd: (call: CallRecord) => void) {
    this.#order = order;
    this.#around = around;
    this.#seat = seat;
    this.#onEnd = onEnd;
    this.#connection = around.connections?.take() ?? this.#open();
    this.#sentMs = this.#now();
  }

  run(): void {
    const { signal, gate } = this.#around;
    if (signal.aborted) {
      this.interrupt();
      return;
    }
    abortListenersOf(signal).add(this);
    this.#total = deadlineIn(this.#order.limits.totalMs, this, "total");
    if (this.#connection.isWarm && gate) this.onConnected(() => this.#send());
    else this.#send();
  }

  interrupt(): void {
    this.#finish(new LocalAbort("interrupted", "interrupted"));
  }

  late(limit: Limit): void {
    const { limits, leave } = this.#order;
    if (limit === "connect") this.#finish(new LocalAbort("timeout", `no connection within ${limits.connectMs} ms`));
    else if (limit === "firstByte")
      this.#finish(new LocalAbort("timeout", `no first byte within ${limits.firstByteMs} ms`));
    else if (limit === "total") this.#finish(new LocalAbort("timeout", `not done within ${limits.totalMs} ms`));
    else if (leave && "ms" in leave) this.#finish(new LocalAbort("aborted", `left after ${leave.ms} ms`));
  }

  onConnecting(): void {
    this.#connect?.stop();
    this.#connect = deadlineIn(this.#order.limits.connectMs, this, "connect");
  }

  onConnected(proceed: () => void): void {
    this.#connect?.stop();
    const { gate } = this.#around;
    if (gate && !this.#arrived) {
      this.#arrived = true;
      void gate.arrive().then(proceed);
    } else proceed();
  }

  onConnect(): void {
    const { leave, limits } = this.#order;
    this.#sentMs = this.#now();
    this.#firstByte = deadlineIn(limits.firstByteMs, this, "firstByte");
    if (leave && "ms" in leave) this.#leave = deadlineIn(leave.ms, this, "leave");
  }

  onResponseStarted(): void {
    this.#begun = true;
  }

  onHeaders(status: number, headers: readonly Buffer[]): boolean {
    this.#headersMs = this.#now();
    this.#answer = new ResponseReader(status, headers, this.#order.endpoint, this);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#over && this.#answer) this.#take(chunk, this.#answer);
    return true;
  }

  #take(chunk: Buffer, answer: ResponseReader): void {
    this.#lastByteMs = this.#now();
    if (this.#firstByteMs === null) {
      this.#firstByteMs = this.#lastByteMs;
      this.#firstByte?.stop();
    }
    answer.take(chunk);
    const { leave } = this.#order;
    const { events } = answer;
    if (leave && "events" in leave && events >= leave.events) {
      this.#finish(new LocalAbort("aborted", `left after ${events} content events`));
    }
  }

  onContent(): void {
    const at = this.#lastByteMs ?? 0;
    this.#firstTokenMs ??= at;
    if (this.#lastTokenMs !== null) this.#longestGapMs = Math.max(this.#longestGapMs ?? 0, at - this.#lastTokenMs);
    this.#lastTokenMs = at;
  }

  onComplete(): void {
    this.#finish();
  }

  onError(error: Error): void {
    if (this.#crossed(error)) this.#sendAgain();
    else this.#finish(error);
  }

  #send(): void {
    if (!this.#over) this.#connection.send(encodeRequest(this.#order).request, this);
  }

  /**
   * Whether our request met the close of a kept connection: it went out on one that had carried an answer before, not one byte came back, and
   * the connection ended at once. The other side was done with it before our request was there, so it did not work on it, and that is no fault.
   */
  #crossed({ code = "" }: NodeJS.ErrnoException): boolean {
    if (this.#over || this.#begun || !this.#connection.isWarm) return false;
    return CLOSED.has(code) && this.#now() - this.#sentMs <= CROSSED_MS;
  }

  /** On a new connection, so it can happen but once. The times are those of the second sending. */
  #sendAgain(): void {
    this.#around.connections?.countResent();
    void this.#connection.destroy();
    this.#connection = this.#open();
    this.#firstByte?.stop();
    this.#leave?.stop();
    this.#send();
  }

  /** It has ended: by itself, or by an error, or by us. */
  #finish(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    const call = this.#record(failure);
    this.#connect?.stop();
    this.#firstByte?.stop();
    this.#leave?.stop();
    this.#total?.stop();
    abortListenersOf(this.#around.signal).delete(this);
    const { connections } = this.#around;
    if (connections && !failure) {
      connections.give(this.#connection);
      this.#tell(call);
    } else void this.#connection.destroy(failure).then(() => this.#tell(call));
  }

  /** undici takes what is thrown here for a fault of the call, and nobody would hear of it. */
  #tell(call: CallRecord): void {
    try {
      this.#onEnd(call);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** Written out field by field: to spread objects into one another costs more than all the rest of a call. */
  #record(failure: Error | undefined): CallRecord {
    const endedMs = this.#now();
    const { n, round, phase, lookMs, dueMs } = this.#seat;
    const answer = this.#answer;
    const { ending, rejection, error } = classifyEnding(answer, failure, this.#order.plain ?? false);
    return {
      kind: "call",
      n,
      round,
      phase,
      lookMs,
      dueMs,
      sentMs: this.#sentMs,
      headersMs: this.#headersMs,
      firstByteMs: this.#firstByteMs,
      firstTokenMs: this.#firstTokenMs,
      lastTokenMs: this.#lastTokenMs,
      longestGapMs: this.#longestGapMs,
      lastByteMs: this.#lastByteMs,
      endedMs,
      status: answer?.status ?? null,
      events: answer?.events ?? 0,
      cached: answer?.headers["x-litellm-cache-key"] !== undefined,
      version: answer?.headers["x-litellm-version"] ?? null,
      limitHeader: wholeNumber(answer?.headers["x-ratelimit-api_key-limit-max_parallel_requests"]),
      ending,
      rejection,
      error,
    };
  }

  #open(): Connection {
    return new Connection(encodeRequest(this.#order).origin);
  }

  /** To the microsecond: what is finer is no time of a call, and costs as much to write down as the rest of its record. */
  #now(): number {
    return Math.round((this.#around.clock.monotonic() - this.#around.origin) * 1000) / 1000;
  }
}
