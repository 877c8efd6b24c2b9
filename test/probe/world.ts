import type { CallResult } from "../../src/probe/call.js";
import type { SlotReading } from "../../src/verdict/history.js";
import { call as story } from "../verdict/story.js";
import type { VirtualClock } from "./virtual-clock.js";

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
  /** Refuses every so many-th call of ours though there is room; 0: none. */
  readonly refuseEvery: number;
  /** Calls of others: when they come, and how long they take. */
  readonly others: readonly { readonly atMs: number; readonly forMs: number }[];
  /** What Redis keeps: ids, or a number. */
  readonly shape: "zset" | "string";
}

const REFUSAL_MS = 5;

/** A limiter in virtual time, and the Redis behind it. */
export class World {
  readonly #clock: VirtualClock;
  readonly #options: WorldOptions;
  readonly #held = new Set<string>();
  #seen = 0;
  #requests = 0;
  /** What is true, whatever is judged. */
  readonly truth = { leaked: 0, most: 0, wronged: 0 };

  constructor(clock: VirtualClock, options: WorldOptions) {
    this.#clock = clock;
    this.#options = options;
    for (const [at, { atMs, forMs }] of options.others.entries()) {
      clock.at(atMs, () => {
        this.#requests++;
        if (this.#held.size >= options.limit) return;
        this.#held.add(`other-${at}`);
        clock.at(clock.monotonic() + forMs, () => this.#held.delete(`other-${at}`));
      });
    }
  }

  call = async (): Promise<CallResult> => {
    const {
      limit,
      callMs,
      lagMs,
      leakEvery,
      leakFirst = Number.POSITIVE_INFINITY,
      excess,
      refuseEvery,
    } = this.#options;
    const clock = this.#clock;
    const n = ++this.#seen;
    this.#requests++;
    const sentMs = clock.monotonic();
    await clock.sleep(1);
    const wronged = refuseEvery > 0 && n % refuseEvery === 0 && this.#held.size < limit;
    if (wronged) this.truth.wronged++;
    if (wronged || this.#held.size >= limit + excess) {
      await clock.sleep(REFUSAL_MS);
      return result(sentMs, clock.monotonic(), {
        ending: "refused",
        status: 429,
        rejection: { source: "parallel-limit", limit, scope: "api_key", limiter: "v3", message: "no" },
      });
    }
    const id = `ours-${n}`;
    this.#held.add(id);
    this.truth.most = Math.max(this.truth.most, [...this.#held].filter((one) => one.startsWith("ours")).length);
    const firstByteMs = clock.monotonic() + 1;
    await clock.sleep(callMs[n % callMs.length] ?? 50);
    const leaks = leakEvery > 0 && n % leakEvery === 0 && n <= leakFirst;
    if (leaks) this.truth.leaked++;
    else clock.at(clock.monotonic() + lagMs, () => this.#held.delete(id));
    return result(sentMs, clock.monotonic(), { firstByteMs });
  };

  read = async (moment: SlotReading["moment"]): Promise<SlotReading> => {
    const fromMs = this.#clock.monotonic();
    await this.#clock.sleep(1);
    const ids = [...this.#held];
    const zset = this.#options.shape === "zset";
    const there = ids.length > 0;
    return {
      kind: "slots",
      fromMs,
      atMs: this.#clock.monotonic(),
      moment,
      key: "{api_key:x}:max_parallel_requests",
      timeMs: this.#clock.monotonic(),
      type: zset ? (there ? "zset" : "none") : this.#seen > 0 || there ? "string" : "none",
      ttlMs: -1,
      held: ids.length,
      value: zset ? "" : String(ids.length),
      members: zset ? ids.map((id) => ({ id, score: 0 })) : [],
      requests: this.#requests,
      tokens: null,
    };
  };

  locate = async (): Promise<string | null> => null;
}

const result = (sentMs: number, endedMs: number, rest: object): CallResult => {
  const { kind, n, round, phase, lookMs, ...times } = story(0, sentMs, endedMs);
  return { ...times, version: null, ...rest };
};
