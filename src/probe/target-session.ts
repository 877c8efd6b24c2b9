import type { Clock } from "../config/clock.js";
import type { CallResult } from "../llm/call-result.js";
import { StartBarrier } from "../llm/start-barrier.js";
import type { SlotReader } from "../runs/slot-reader.js";
import { isAdmitted } from "../verdict/calls.js";
import type { CallRecord, Phase, ProbeEvent, SlotReading } from "../verdict/events.js";
import { type KnownLimit, LimitInForce } from "../verdict/limit.js";
import { type Unreleased, unreleasedSince } from "../verdict/readings/unreleased-slots.js";

/**
 * Milliseconds between readings of the slots while calls run: short enough to separate events, long enough not to be a
 * load.
 */
const SAMPLE_MS = 40;

/** How long the calls of a burst wait, in milliseconds, until all are connected. */
const BARRIER_MS = 2000;

/** Where a run reports its events as they happen. */
export interface RunReporter {
  /** A line for the user. */
  note(text: string): void;
  /** A call that has ended, or a reading of the slots. */
  event(event: ProbeEvent): void;
  /** No further event will follow. */
  end?(): void;
}

/** What a session needs to send calls and read slots. */
export interface SessionInput {
  /** What is known of the limit before the first call. */
  readonly known: KnownLimit;
  /** Starts a call. `onEnd` is called synchronously when it ends. */
  readonly startCall: (onEnd: (result: CallResult) => void, signal: AbortSignal, barrier?: StartBarrier) => void;
  readonly slots: Pick<SlotReader, "read" | "locate"> | null;
  readonly clock: Clock;
  /** Monotonic time that counts as 0. */
  readonly origin: number;
  /** Ends everything: Ctrl-C, or the run's time limit. */
  readonly signal: AbortSignal;
}

/** Which part of the plan a call belongs to. */
export interface PlanPosition {
  readonly round: number;
  readonly phase: Phase;
  readonly lookMs: number;
}

/** Sends calls and reads slots; the executor decides what happens next. It reports each event once and keeps none. */
export class TargetSession {
  readonly #input: SessionInput;
  readonly #reporter: RunReporter;
  readonly #limit: LimitInForce;
  #sent = 0;
  #lastEndMs = 0;
  #lastAdmittedMs = 0;
  /** The last reading from before our first call, and the last of all. */
  #before: SlotReading | undefined;
  #last: SlotReading | undefined;
  /** Some reading showed calls counted under this name. */
  #counted = false;
  #redisLost = false;

  constructor(input: SessionInput, reporter: RunReporter) {
    this.#input = input;
    this.#reporter = reporter;
    this.#limit = new LimitInForce(input.known);
  }

  get hasRedis(): boolean {
    return this.#input.slots !== null && !this.#redisLost;
  }

  get limit(): number | null {
    return this.#limit.current.value;
  }

  /** When the last call ended, in milliseconds since the run began. */
  get lastEndMs(): number {
    return this.#lastEndMs;
  }

  /** When the last admitted call ended, in milliseconds since the run began. */
  get lastAdmittedMs(): number {
    return this.#lastAdmittedMs;
  }

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#input.clock.monotonic() - this.#input.origin;
  }

  /** What Redis holds now beyond what it held before our first call. */
  get left(): Unreleased {
    return this.hasRedis ? unreleasedSince(this.#before, this.#last) : { held: 0, members: [] };
  }

  /** Sends calls at once. They are reported in the order in which they end and returned in the order of sending. */
  async send(count: number, position: PlanPosition): Promise<CallRecord[]> {
    const barrier = count > 1 ? new StartBarrier(count, BARRIER_MS) : undefined;
    const call = () => new Promise<CallRecord>((resolve) => this.start(position, resolve, null, barrier));
    return this.during(Promise.all(Array.from({ length: count }, call)), position.phase === "look" ? "look" : "calls");
  }

  /** Sends one call, reported when it has ended. `dueMs`: when a schedule wanted it sent. */
  start(
    position: PlanPosition,
    onEnd: (call: CallRecord) => void,
    dueMs: number | null = null,
    barrier?: StartBarrier,
  ): void {
    const { startCall, signal } = this.#input;
    const n = ++this.#sent;
    const onResult = (result: CallResult) => {
      const call = toRecord(n, position, dueMs, result);
      // First, so that the next call is sent before this one is written.
      onEnd(call);
      this.#limit.add(call);
      this.#lastEndMs = Math.max(this.#lastEndMs, call.endedMs);
      if (isAdmitted(call)) this.#lastAdmittedMs = Math.max(this.#lastAdmittedMs, call.endedMs);
      this.#reporter.event(call);
    };
    startCall(onResult, signal, barrier);
  }

  /** Reads the slots before, during and after `work`, which makes calls. */
  async during<T>(work: Promise<T>, moment: SlotReading["moment"]): Promise<T> {
    let busy = true;
    const done = work.finally(() => {
      busy = false;
    });
    // The error is handled below at the latest; it may occur while Redis is read.
    done.catch(() => {});
    await this.read(moment);
    while (busy && this.hasRedis) {
      await Promise.race([this.#input.clock.sleep(SAMPLE_MS), done]);
      if (busy) await this.read(moment, true);
    }
    await done;
    await this.read(moment);
    this.#input.signal.throwIfAborted();
    return work;
  }

  /** Reads the slots; undefined without Redis. `onlyNews`: a reading equal to the last is not reported. */
  async read(moment: SlotReading["moment"], onlyNews = false): Promise<SlotReading | undefined> {
    const reading = await this.#readSlots(moment);
    if (reading && (!onlyNews || isNews(reading, this.#last))) this.#keep(reading);
    return reading;
  }

  async #readSlots(moment: SlotReading["moment"]): Promise<SlotReading | undefined> {
    const { slots } = this.#input;
    if (!slots || this.#redisLost) return undefined;
    try {
      return await slots.read(moment);
    } catch (error) {
      this.#redisLost = true;
      const { message } = error as Error;
      this.#reporter.note(`Redis does not answer any more (${message}); what follows is judged by the calls`);
      return undefined;
    }
  }

  #keep(reading: SlotReading): void {
    this.#last = reading;
    if (reading.moment === "before") this.#before = reading;
    this.#counted ||= reading.type !== "none" || reading.requests !== null || reading.tokens !== null;
    this.#reporter.event(reading);
  }

  wait(ms: number): Promise<void> {
    return this.#input.clock.sleep(ms, this.#input.signal);
  }

  /** Waits until `ms` after the end of the last call; returns at once when that has passed. */
  async waitAfterLast(ms: number): Promise<void> {
    const wait = this.#lastEndMs + ms - this.nowMs;
    if (wait > 0) await this.wait(wait);
  }

  /** Waits until Redis holds no more than before our first call, or until `ms` after the last call. */
  async waitUntilFree(ms: number): Promise<void> {
    const until = this.#lastEndMs + ms;
    for (;;) {
      const reading = await this.read("calls");
      const rest = until - this.nowMs;
      if (!reading || this.left.held === 0 || rest <= 0) return;
      await this.wait(Math.min(rest, 100));
    }
  }

  /** If no call of ours was seen under these names they are not the limiter's: searches for another namespace, once. */
  async findNamespace(): Promise<string | null> {
    const { slots } = this.#input;
    if (!slots || this.#redisLost || this.#counted) return null;
    const found = await slots.locate();
    // This is the first reading of the new name.
    if (found !== null) await this.read("before");
    return found;
  }
}

/** Written field by field, which costs 0.2 µs a call: spreading the result into another object would cost 1.3. */
const toRecord = (n: number, at: PlanPosition, dueMs: number | null, result: CallResult): CallRecord => ({
  kind: "call",
  n,
  round: at.round,
  phase: at.phase,
  lookMs: at.lookMs,
  dueMs,
  sentMs: result.sentMs,
  headersMs: result.headersMs,
  firstByteMs: result.firstByteMs,
  firstTokenMs: result.firstTokenMs,
  lastTokenMs: result.lastTokenMs,
  longestGapMs: result.longestGapMs,
  lastByteMs: result.lastByteMs,
  endedMs: result.endedMs,
  ending: result.ending,
  status: result.status,
  events: result.events,
  rejection: result.rejection,
  error: result.error,
  cached: result.cached,
  version: result.version,
  limitHeader: result.limitHeader,
});

const isNews = (now: SlotReading, last: SlotReading | undefined): boolean =>
  last === undefined ||
  now.type !== last.type ||
  now.value !== last.value ||
  now.requests !== last.requests ||
  now.members.length !== last.members.length ||
  now.members.some(({ id }, at) => id !== last.members[at]?.id);
