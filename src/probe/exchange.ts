import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import type { Ending } from "../verdict/history.js";
import { Answer } from "./answer.js";
import type { CallOrder, CallResult, Surroundings } from "./call.js";
import { Connection } from "./connections.js";
import { interruptsOf } from "./interrupts.js";
import { LetGo, outcomeOf } from "./outcome.js";
import { type Limit, Stopwatch } from "./stopwatch.js";
import { wireOf } from "./wire.js";

/** A close that crossed our request on its way reaches us within a round trip; one that comes later than the longest of those is an answer to it. */
const CROSSED_MS = 500;

const CLOSED: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** One call under way. It is its own handler for undici, which is told of it as things happen; a time is taken before anything is read. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #order: CallOrder;
  readonly #around: Surroundings;
  readonly #stopwatch = new Stopwatch((limit) => this.#late(limit));
  readonly #times: Times;
  #connection: Connection;
  #answer: Answer | undefined;
  #failure: Error | undefined;
  #over = false;
  /** The first byte of an answer has come. */
  #begun = false;
  #arrived = false;
  #resent = false;
  #resolve: () => void = () => {};

  constructor(order: CallOrder, around: Surroundings) {
    this.#order = order;
    this.#around = around;
    this.#connection = around.connections?.take() ?? this.#open();
    this.#times = {
      sentMs: this.#now(),
      headersMs: null,
      firstByteMs: null,
      firstTokenMs: null,
      lastTokenMs: null,
      longestGapMs: null,
      lastByteMs: null,
    };
  }

  async run(): Promise<CallResult> {
    const { signal, connections } = this.#around;
    const interrupts = interruptsOf(signal).add(this);
    this.#stopwatch.start("total", this.#order.limits.totalMs);
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) this.interrupt();
      else if (this.#connection.isWarm) this.onConnected(() => this.#send());
      else this.#send();
    });
    const endedMs = this.#now();
    this.#stopwatch.stopAll();
    interrupts.delete(this);
    if (connections && !this.#failure) connections.give(this.#connection);
    else await this.#connection.destroy();
    return { ...this.#times, endedMs, ...outcomeOf(this.#answer, this.#failure) };
  }

  interrupt(): void {
    this.#end("interrupted", "interrupted");
  }

  onConnecting(): void {
    this.#stopwatch.start("connect", this.#order.limits.connectMs);
  }

  onConnected(proceed: () => void): void {
    this.#stopwatch.stop("connect");
    const { gate } = this.#around;
    if (gate && !this.#arrived) {
      this.#arrived = true;
      void gate.arrive().then(proceed);
    } else proceed();
  }

  onRequestStart(): void {
    const { leave, limits } = this.#order;
    this.#times.sentMs = this.#now();
    this.#stopwatch.start("firstByte", limits.firstByteMs);
    if (leave && "ms" in leave) this.#stopwatch.start("leave", leave.ms);
  }

  onResponseStarted(): void {
    this.#begun = true;
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#times.headersMs = this.#now();
    this.#answer = new Answer(status, headers, this.#order.endpoint, () => this.#onContent());
  }

  onResponseData(_controller: unknown, chunk: Uint8Array): void {
    if (this.#over || !this.#answer) return;
    const times = this.#times;
    times.lastByteMs = this.#now();
    if (times.firstByteMs === null) {
      times.firstByteMs = times.lastByteMs;
      this.#stopwatch.stop("firstByte");
    }
    this.#answer.take(chunk);
    const { leave } = this.#order;
    if (leave && "events" in leave && this.#answer.events >= leave.events) {
      this.#end("aborted", `left after ${this.#answer.events} content events`);
    }
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#crossed(error)) this.#sendAgain();
    else this.#finish(error);
  }

  #onContent(): void {
    const times = this.#times;
    const at = times.lastByteMs ?? 0;
    times.firstTokenMs ??= at;
    if (times.lastTokenMs !== null) times.longestGapMs = Math.max(times.longestGapMs ?? 0, at - times.lastTokenMs);
    times.lastTokenMs = at;
  }

  #send(): void {
    if (!this.#over) this.#connection.send(wireOf(this.#order).request, this);
  }

  /**
   * Whether our request met the close of a kept connection: it went out on one that had carried an answer before, not one byte came back, and
   * the connection ended at once. The other side was done with it before our request was there, so it did not work on it, and that is no fault.
   */
  #crossed(error: NodeJS.ErrnoException): boolean {
    return (
      !this.#over &&
      !this.#resent &&
      !this.#begun &&
      CLOSED.has(error.code ?? "") &&
      this.#connection.isWarm &&
      this.#now() - this.#times.sentMs <= CROSSED_MS
    );
  }

  /** Once, and on a new connection. The times are those of the second sending. */
  #sendAgain(): void {
    this.#resent = true;
    this.#around.connections?.countResent();
    void this.#connection.destroy();
    this.#connection = this.#open();
    this.#stopwatch.stop("firstByte");
    this.#stopwatch.stop("leave");
    this.#send();
  }

  #late(limit: Limit): void {
    const { limits, leave } = this.#order;
    if (limit === "connect") this.#end("timeout", `no connection within ${limits.connectMs} ms`);
    else if (limit === "firstByte") this.#end("timeout", `no first byte within ${limits.firstByteMs} ms`);
    else if (limit === "total") this.#end("timeout", `not done within ${limits.totalMs} ms`);
    else if (leave && "ms" in leave) this.#end("aborted", `left after ${leave.ms} ms`);
  }

  /** Ends it from our side. */
  #end(ending: Ending, message: string): void {
    const reason = new LetGo(ending, message);
    this.#finish(reason);
    void this.#connection.destroy(reason);
  }

  #finish(failure?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#resolve();
  }

  #open(): Connection {
    return new Connection(wireOf(this.#order).origin);
  }

  #now(): number {
    return this.#around.clock.monotonic() - this.#around.origin;
  }
}

type Times = {
  -readonly [Name in "headersMs" | "firstByteMs" | "firstTokenMs" | "lastTokenMs" | "longestGapMs" | "lastByteMs"]:
    | number
    | null;
} & {
  sentMs: number;
};
