import type { Clock } from "../config/clock.js";
import type { CallPosition } from "../llm/call.js";
import { StartBarrier } from "../llm/start-barrier.js";
import { isAdmitted } from "../verdict/calls.js";
import type { CallRecord, Phase, ProbeEvent, SlotReading } from "../verdict/history.js";
import { type Left, leftSince } from "../verdict/left.js";
import { type KnownLimit, limitInForce } from "../verdict/limit.js";
import type { SlotReader } from "./slots.js";

/** How often the slots are read while calls run: short enough to see who came when, long enough not to be a load. */
const WATCH_MS = 40;

/** How long the calls of a burst wait for the last of them to be connected. */
const GATE_MS = 2000;

export interface SessionInput {
  readonly known: KnownLimit;
  /** Starts a call. `onEnd` is called in the moment in which it ends. */
  readonly start: (
    seat: CallPosition,
    onEnd: (call: CallRecord) => void,
    signal: AbortSignal,
    gate?: StartBarrier,
  ) => void;
  readonly slots: Pick<SlotReader, "read" | "locate"> | null;
  readonly clock: Clock;
  /** Monotonic time that counts as 0. */
  readonly origin: number;
  /** Ends everything: Ctrl-C, or the end of the run's time. */
  readonly signal: AbortSignal;
  readonly emit: (event: ProbeEvent) => void;
  /** Redis stopped answering: the run goes on without it. */
  readonly onRedisLost: (error: Error) => void;
}

/** Which part of the plan a call belongs to. */
export interface PlanPosition {
  readonly round: number;
  readonly phase: Phase;
  readonly lookMs: number;
}

/** The hands of a run: makes calls, reads slots, and remembers both. What to do next is not its business. */
export class TargetSession {
  readonly calls: CallRecord[] = [];
  readonly readings: SlotReading[] = [];
  readonly #source: SessionInput;
  #sent = 0;
  #lastEndMs = 0;
  #lastAdmittedMs = 0;
  #blind = false;

  constructor(source: SessionInput) {
    this.#source = source;
  }

  get hasRedis(): boolean {
    return this.#source.slots !== null && !this.#blind;
  }

  get limit(): number | null {
    return limitInForce(this.#source.known, this.calls).value;
  }

  get lastEndMs(): number {
    return this.#lastEndMs;
  }

  /** When the last call that was let through had ended. */
  get lastAdmittedMs(): number {
    return this.#lastAdmittedMs;
  }

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#source.clock.monotonic() - this.#source.origin;
  }

  /** What Redis holds now beyond what it held before our first call. */
  get left(): Left {
    if (!this.hasRedis) return { held: 0, members: [] };
    const before = this.readings.findLast(({ moment }) => moment === "before");
    return leftSince(before, this.readings.at(-1));
  }

  /** Calls sent at once; they are remembered in the order in which they end, and returned in the order of sending. */
  async send(count: number, place: PlanPosition): Promise<CallRecord[]> {
    const gate = count > 1 ? new StartBarrier(count, GATE_MS) : undefined;
    const work = Promise.all(Array.from({ length: count }, () => this.#call(place, gate)));
    return this.during(work, place.phase === "look" ? "look" : "calls");
  }

  /** Reads the slots before, while and after something is at work that makes calls. */
  async during<T>(work: Promise<T>, moment: SlotReading["moment"]): Promise<T> {
    // Its error is met below, at the latest; it may come while Redis is read.
    work.catch(() => {});
    await this.read(moment);
    await this.#watch(work, moment);
    await this.read(moment);
    this.#source.signal.throwIfAborted();
    return work;
  }

  #call(place: PlanPosition, gate: StartBarrier | undefined): Promise<CallRecord> {
    return new Promise((resolve) => this.start(place, { gate }, resolve));
  }

  /** One call, remembered when it has ended. `dueMs`: when a schedule wanted it sent. */
  start(
    { round, phase, lookMs }: PlanPosition,
    { gate, dueMs = null }: { gate?: StartBarrier | undefined; dueMs?: number | null },
    onEnd: (call: CallRecord) => void,
  ): void {
    const { start, signal, emit } = this.#source;
    const seat = { n: ++this.#sent, round, phase, lookMs, dueMs };
    start(
      seat,
      (call) => {
        // First, so that the next call goes out before this one is written down.
        onEnd(call);
        this.calls.push(call);
        this.#lastEndMs = Math.max(this.#lastEndMs, call.endedMs);
        if (isAdmitted(call)) this.#lastAdmittedMs = Math.max(this.#lastAdmittedMs, call.endedMs);
        emit(call);
      },
      signal,
      gate,
    );
  }

  /** A reading of the slots; nothing without Redis. */
  async read(moment: SlotReading["moment"]): Promise<SlotReading | undefined> {
    const reading = await this.#look(moment);
    if (reading) this.#keep(reading);
    return reading;
  }

  async #look(moment: SlotReading["moment"]): Promise<SlotReading | undefined> {
    const { slots, onRedisLost } = this.#source;
    if (!slots || this.#blind) return undefined;
    try {
      return await slots.read(moment);
    } catch (error) {
      this.#blind = true;
      onRedisLost(error as Error);
      return undefined;
    }
  }

  #keep(reading: SlotReading): void {
    this.readings.push(reading);
    this.#source.emit(reading);
  }

  /** Reads again and again until the calls have ended, and keeps what is new. */
  async #watch(work: Promise<unknown>, moment: SlotReading["moment"]): Promise<void> {
    const { clock } = this.#source;
    let busy = true;
    const done = work.finally(() => {
      busy = false;
    });
    while (busy && this.hasRedis) {
      await Promise.race([clock.sleep(WATCH_MS), done]);
      if (!busy) break;
      const reading = await this.#look(moment);
      if (reading && isNews(reading, this.readings.at(-1))) this.#keep(reading);
    }
    await done;
  }

  wait(ms: number): Promise<void> {
    return this.#source.clock.sleep(ms, this.#source.signal);
  }

  /** Until so long after the last call has ended; no wait when that is over. */
  async waitAfterLast(ms: number): Promise<void> {
    const { clock, origin, signal } = this.#source;
    const wait = this.lastEndMs + ms - (clock.monotonic() - origin);
    if (wait > 0) await clock.sleep(wait, signal);
  }

  /** Waits until Redis holds no more than before our first call, or until `ms` after the last call. */
  async waitUntilFree(ms: number): Promise<void> {
    const { clock, origin, signal } = this.#source;
    const until = this.lastEndMs + ms;
    for (;;) {
      const reading = await this.read("calls");
      const rest = until - (clock.monotonic() - origin);
      if (!reading || this.left.held === 0 || rest <= 0) return;
      await clock.sleep(Math.min(rest, 100), signal);
    }
  }

  /** Names that nothing of ours was seen under are not the limiter's: looks for another namespace, once. */
  async findNamespace(): Promise<string | null> {
    if (!this.hasRedis) return null;
    const nothing = this.readings.every(
      ({ type, requests, tokens }) => type === "none" && requests === null && tokens === null,
    );
    const found = nothing ? ((await this.#source.slots?.locate()) ?? null) : null;
    // What stands there now is the first that is known of it.
    if (found !== null) await this.read("before");
    return found;
  }
}

const isNews = (now: SlotReading, last: SlotReading | undefined): boolean =>
  last === undefined ||
  now.type !== last.type ||
  now.value !== last.value ||
  now.requests !== last.requests ||
  now.members.length !== last.members.length ||
  now.members.some(({ id }, at) => id !== last.members[at]?.id);
