import type { CallResult } from "../../src/llm/call-result.js";
import type { SlotReading } from "../../src/verdict/events.js";
import { call as story } from "../support/events.js";
import type { VirtualClock } from "../support/virtual-clock.js";
import { breaks, type Noise, oddEnd, Random, rateRefusal } from "./noise.js";

/** How a made-up limiter behaves, and what goes on around it. */
export interface WorldOptions {
  readonly limit: number;
  /** How long a call is worked on, in milliseconds: one after another from this list, round and round. */
  readonly callMs: readonly number[];
  /** Between the end of a call and the return of its slot. */
  readonly lagMs: number;
  /** Every so many-th call of ours never gives back; 0: none. */
  readonly leakEvery: number;
  /** Only the first so many do. */
  readonly leakFirst?: number;
  /** Lets so many more in than it should. */
  readonly excess: number;
  /** Until this moment only; the excess has no end when left out. */
  readonly excessUntilMs?: number;
  /** Refuses every so many-th call of ours though there is room; 0: none. */
  readonly refuseEvery: number;
  /** Calls of others: when they come, and how long they take. */
  readonly others: readonly { readonly atMs: number; readonly forMs: number }[];
  /** What Redis keeps: ids, or a number. */
  readonly shape: "zset" | "string";
  /** Processes of the proxy; they take calls in turn. */
  readonly workers?: number;
  /** Each of them remembers how many slots were held when it last took or gave one, and refuses by that without asking. */
  readonly mirror?: boolean;
  /** Each of them counts alone, for Redis is away, or the key has a type that they cannot use. */
  readonly alone?: "redis-away" | "wrong-type";
  /** Slots that were held before we came, for ever. */
  readonly before?: number;
  /** A counter lives for a minute after the last attempt, and an attempt is also one that is refused. */
  readonly sticky?: boolean;
  /** We leave each call after so many milliseconds; the provider works on. */
  readonly leaveMs?: number;
  /** Slots of calls that we left are never given back. */
  readonly abortLeaks?: boolean;
  readonly noise?: Noise;
}

const REFUSAL_MS = 5;
/** How long the provider takes to fail, or the cache to answer. */
const ODD_MS = 20;
const STICKY_MS = 60_000;

/** A limiter in virtual time, and the Redis behind it. */
export class World {
  readonly #clock: VirtualClock;
  readonly #options: WorldOptions;
  readonly #random: Random;
  /** Slots by id, and the process that holds them. */
  readonly #held = new Map<string, number>();
  /** What each process remembers. */
  readonly #copies = new Map<number, number>();
  #running = 0;
  #seen = 0;
  #requests = 0;
  #deathMs = Number.POSITIVE_INFINITY;
  /** What is true, whatever is judged. */
  readonly truth = { leaked: 0, firstLeak: Number.POSITIVE_INFINITY, most: 0, wronged: 0 };

  constructor(clock: VirtualClock, options: WorldOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#random = new Random(options.noise?.seed ?? 0);
    for (let at = 0; at < (options.before ?? 0); at++) this.#held.set(`before-${at}`, 0);
    for (const [at, { atMs, forMs }] of options.others.entries()) {
      clock.at(atMs, () => {
        this.#attempt();
        if (this.#held.size >= options.limit) return;
        this.#held.set(`other-${at}`, 0);
        clock.at(clock.monotonic() + forMs, () => this.#held.delete(`other-${at}`));
      });
    }
  }

  call = async (): Promise<CallResult> => {
    const { noise, workers = 1 } = this.#options;
    const clock = this.#clock;
    const n = ++this.#seen;
    const worker = n % workers;
    const sentMs = clock.monotonic();
    const back = () => clock.sleep(1 + this.#random.upTo(noise?.netMs));
    await back();
    this.#attempt();
    const odd = rateRefusal(noise, n);
    if (odd || this.#refuses(n, worker)) {
      await clock.sleep(REFUSAL_MS - 1);
      await back();
      const limit = this.#options.limit;
      const refused = { ending: "refused", status: 429, rejection: rejection(limit) };
      return this.#result(sentMs, odd ?? refused);
    }
    return this.#answer(n, worker, sentMs, back);
  };

  /** A call that was let in: from its slot to its end, as we see it. */
  async #answer(n: number, worker: number, sentMs: number, back: () => Promise<void>): Promise<CallResult> {
    const { callMs, leakEvery, leakFirst = Number.POSITIVE_INFINITY, leaveMs, abortLeaks, noise } = this.#options;
    const clock = this.#clock;
    const id = `ours-${n}`;
    this.#hold(id, worker);
    this.#running++;
    this.truth.most = Math.max(this.truth.most, this.#running);
    const odd = oddEnd(noise, n);
    const takes = odd ? ODD_MS : (callMs[n % callMs.length] ?? 50);
    const endMs = clock.monotonic() + takes;
    const leftMs = sentMs + (leaveMs ?? Number.POSITIVE_INFINITY);
    const leaks = (leakEvery > 0 && n % leakEvery === 0 && n <= leakFirst) || (abortLeaks && leftMs < endMs);
    if (leaks) {
      this.truth.leaked++;
      this.truth.firstLeak = Math.min(this.truth.firstLeak, n);
    }
    clock.at(endMs, () => {
      this.#running--;
      if (!leaks) this.#release(id, worker);
    });
    await clock.sleep(1);
    await back();
    const firstByteMs = clock.monotonic();
    if (leftMs < endMs) {
      await clock.sleep(Math.max(0, leftMs - clock.monotonic()));
      const seen = firstByteMs < leftMs ? { firstByteMs, status: 200, events: 1 } : { firstByteMs: null, status: null };
      return this.#result(sentMs, { ending: "aborted", lastByteMs: seen.firstByteMs, ...seen });
    }
    await clock.sleep(Math.max(0, endMs - clock.monotonic()));
    await back();
    const lost = { firstByteMs: null, lastByteMs: null, ending: "broken", status: null, error: "ECONNRESET" };
    return this.#result(sentMs, breaks(noise, n) ? lost : { firstByteMs, ...odd });
  }

  #result(sentMs: number, rest: object): CallResult {
    const { kind, n, round, phase, lookMs, dueMs, ...times } = story(0, sentMs, this.#clock.monotonic());
    return { ...times, version: this.#options.shape === "zset" ? "1.95.0" : "1.79.1", ...rest };
  }

  /** How many slots a process sees: those of all, or its own where each counts alone. */
  #heldFor(worker: number): number {
    if (this.#options.alone === undefined) return this.#held.size;
    return [...this.#held.values()].filter((one) => one === worker).length;
  }

  #refuses(n: number, worker: number): boolean {
    const { limit, excess, excessUntilMs = Number.POSITIVE_INFINITY, refuseEvery, mirror } = this.#options;
    const held = this.#heldFor(worker);
    const byCopy = mirror === true && (this.#copies.get(worker) ?? 0) >= limit;
    const wronged = held < limit && (byCopy || (refuseEvery > 0 && n % refuseEvery === 0));
    if (wronged) this.truth.wronged++;
    return wronged || held >= limit + (this.#clock.monotonic() < excessUntilMs ? excess : 0);
  }

  #hold(id: string, worker: number): void {
    this.#held.set(id, worker);
    this.#copies.set(worker, this.#held.size);
  }

  #release(id: string, worker: number): void {
    const { lagMs } = this.#options;
    this.#clock.at(this.#clock.monotonic() + lagMs, () => {
      this.#held.delete(id);
      this.#copies.set(worker, this.#held.size);
    });
  }

  /** A sticky counter forgets what it held when nobody has asked for a minute. */
  #attempt(): void {
    this.#requests++;
    if (!this.#options.sticky) return;
    const now = this.#clock.monotonic();
    if (now >= this.#deathMs) this.#held.clear();
    this.#deathMs = now + STICKY_MS;
  }

  read = async (moment: SlotReading["moment"]): Promise<SlotReading> => {
    const { shape, alone, sticky, noise } = this.#options;
    const clock = this.#clock;
    const fromMs = clock.monotonic();
    await clock.sleep(1 + this.#random.upTo(noise?.readMs));
    const timeMs = clock.monotonic();
    const dead = timeMs >= this.#deathMs;
    const ids = alone !== undefined || dead ? [] : [...this.#held.keys()];
    const zset = shape === "zset";
    const there = ids.length > 0;
    const type = zset ? (there ? "zset" : "none") : !dead && (this.#seen > 0 || there) ? "string" : "none";
    const requests = alone === undefined ? this.#requests : null;
    await clock.sleep(this.#random.upTo(noise?.readMs));
    const wrong = { type: "string", value: "0", ttlMs: -1 };
    return {
      kind: "slots",
      fromMs,
      atMs: clock.monotonic(),
      moment,
      key: "{api_key:x}:max_parallel_requests",
      timeMs,
      type,
      ttlMs: sticky && type === "string" ? this.#deathMs - timeMs : -1,
      held: ids.length,
      value: zset ? "" : String(ids.length),
      members: zset ? ids.map((id) => ({ id, score: 0 })) : [],
      requests,
      tokens: null,
      ...(alone === "redis-away" ? { type: "none", value: "" } : alone === "wrong-type" ? wrong : {}),
    };
  };

  locate = async (): Promise<string | null> => null;
}

const rejection = (limit: number) => ({
  source: "parallel-limit",
  limit,
  scope: "api_key",
  limiter: "v3",
  message: "no",
});
