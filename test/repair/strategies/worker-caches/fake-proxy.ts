import type { CallResult } from "../../../../src/llm/call-result.js";
import type { RefreshJournal } from "../../../../src/repair/strategies/worker-caches/journal.js";
import type { RefreshPorts } from "../../../../src/repair/strategies/worker-caches/ports.js";
import type { RefreshPlan } from "../../../../src/repair/strategies/worker-caches/refresh.js";
import { VirtualClock } from "../../../support/virtual-clock.js";

const TIMES = { sentMs: 0, headersMs: 1, firstByteMs: 1, firstTokenMs: 1, lastTokenMs: 1, longestGapMs: null };

/** A call that was let in under a limit. */
const admitted = (limit: number | null): CallResult => ({
  ...TIMES,
  lastByteMs: 1,
  endedMs: 1,
  ending: "completed",
  status: 200,
  events: 0,
  rejection: null,
  error: null,
  cached: false,
  version: "1.95.0",
  limitHeader: limit,
});

/** A call that LiteLLM's limiter refused. */
export const refused = (limit: number, more: Partial<NonNullable<CallResult["rejection"]>> = {}): CallResult => ({
  ...admitted(null),
  ending: "refused",
  status: 429,
  rejection: {
    source: "parallel-limit",
    limit,
    scope: "api_key",
    limiter: "v3",
    message: `Rate limit exceeded for api_key: x. Limit type: max_parallel_requests. Current limit: ${limit}`,
    ...more,
  },
});

interface Worker {
  copy: number;
  /** The row that it goes by until then; undefined: the database's. */
  old?: { limit: number; until: number } | undefined;
  readAt: number;
}

export interface WorldOptions {
  /** The copy of the counter in each worker. */
  copies: readonly number[];
  limit?: number;
  /** Which worker takes the next connection; round and round when left out. */
  next?: () => number;
  /** Others' slots in Redis, by time. */
  others?: (now: number) => number;
  /** Workers that take a change of the limit, each time it is set; five times as many as there are when left out. */
  writes?: number;
  /** How long a call's slot stays after the answer. */
  lagMs?: number;
}

const ROW_MS = 60_000;

/** Workers of a LiteLLM ≥ 1.94, each with a copy of the counter and of the key's row; time is virtual. */
export class World {
  readonly clock = new VirtualClock();
  readonly interruption = new AbortController();
  readonly workers: Worker[];
  readonly steps: string[] = [];
  /** The limit under which each call was let in; null for one that was not. */
  readonly under: (number | null)[] = [];
  /** Who took each call. */
  readonly asked: Worker[] = [];
  limit: number | null;
  /** The most calls that ran at once, and the highest limit that was ever set. */
  peak = 0;
  highest = 0;
  sent = 0;
  /** Called before each act of a refresh: a test may throw here, or interrupt. */
  before: (act: "call" | "set" | "limit" | "held") => void = () => undefined;
  #ours = 0;
  #turn = 0;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.limit = options.limit ?? 3;
    this.workers = options.copies.map((copy) => ({ copy, readAt: -ROW_MS }));
  }

  get held(): number {
    return this.#ours + (this.#options.others?.(this.clock.monotonic()) ?? 0);
  }

  #worker(): Worker {
    const at = this.#options.next?.() ?? this.#turn++;
    return this.workers[at % this.workers.length] as Worker;
  }

  #set(limit: number): void {
    const now = this.clock.monotonic();
    const taker = this.#worker();
    for (const worker of this.workers) {
      if (worker === taker) worker.old = undefined;
      else if (now < worker.readAt + ROW_MS && !worker.old) {
        worker.old = { limit: this.limit as number, until: worker.readAt + ROW_MS };
      }
    }
    this.limit = limit;
    this.highest = Math.max(this.highest, limit);
  }

  async #call(): Promise<CallResult> {
    this.sent++;
    const { clock } = this;
    const worker = this.#worker();
    this.asked.push(worker);
    if (worker.old && clock.monotonic() >= worker.old.until) worker.old = undefined;
    if (!worker.old) worker.readAt = clock.monotonic();
    const limit = worker.old?.limit ?? (this.limit as number);
    const full = worker.copy >= limit || this.held >= limit;
    this.under.push(full ? null : limit);
    if (full) return refused(limit);
    this.#ours++;
    worker.copy = this.held;
    this.peak = Math.max(this.peak, this.#ours);
    await clock.sleep(50);
    const free = () => {
      this.#ours--;
      worker.copy = this.held;
    };
    const { lagMs = 0 } = this.#options;
    if (lagMs > 0) clock.at(clock.monotonic() + lagMs, free);
    else free();
    return admitted(limit);
  }

  readonly hands: RefreshPorts = {
    call: () => this.#do("call", () => this.#call()),
    held: () => this.#do("held", async () => this.held),
    limit: () => this.#do("limit", async () => this.limit),
    // As often as the real thing writes.
    setLimit: (limit) =>
      this.#do("set", async () => {
        const { writes = 5 * this.workers.length } = this.#options;
        for (let write = 0; write < writes; write++) this.#set(limit);
      }),
    progress: () => undefined,
    clock: this.clock,
    signal: this.interruption.signal,
  };

  async #do<T>(act: "call" | "set" | "limit" | "held", work: () => Promise<T>): Promise<T> {
    this.before(act);
    return work();
  }

  readonly journal: RefreshJournal = {
    raising: async () => void this.steps.push("raise"),
    restored: async () => void this.steps.push("restored"),
    left: async () => void this.steps.push("left"),
  };

  plan(more: Partial<RefreshPlan> = {}): RefreshPlan {
    return {
      key: "f".repeat(64),
      limit: this.limit as number,
      raised: 4,
      workers: this.workers.length,
      shape: "slots",
      windowMs: 60_000,
      ...more,
    };
  }
}
