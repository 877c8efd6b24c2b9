import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { acquireMany } from "./acquire-many.js";
import { CallBatcher } from "./call-batcher.js";
import { Drift, systemClock } from "./clock.js";
import { type Context, FailureDomain, type LimiterEvents } from "./failure-domain.js";
import { Fallback } from "./fallback.js";
import { Heartbeat } from "./heartbeat.js";
import type { Lease } from "./lease.js";
import { noMetrics } from "./metrics.js";
import type { LimiterOptions, Peek } from "./options.js";
import { type Acquired, type Limit, limitNow, type NamedLimit, type RunResult, type Waiting } from "./result.js";

/**
 * Limits how many may run at once under one name, across processes: while the server keeps its data, its clock does not jump forward past a
 * lease's remainder and the holder's machine is not suspended, at no instant do more than the limit hold a slot.
 */
export class Limiter extends EventEmitter<LimiterEvents> {
  readonly instance: string;
  readonly #context: Context;
  readonly #pumps = new Map<string, CallBatcher>();
  readonly #parts = new Map<string, FailureDomain>();
  readonly #heartbeat: Heartbeat;
  readonly #wall = new Drift(1_000);
  readonly #without: Fallback | undefined;
  #floor = 0;
  #counter = 0;
  #closing: Promise<void> | undefined;

  constructor(options: LimiterOptions) {
    super();
    const {
      store,
      ttlMs = 15_000,
      clock = systemClock,
      metrics = noMetrics,
      random = Math.random,
      whenDown = "closed",
    } = options;
    if (!(ttlMs >= 100 && ttlMs <= 3_600_000)) throw new RangeError(`ttlMs is 100 to 3,600,000, not ${ttlMs}`);
    this.instance = options.instance ?? randomBytes(9).toString("base64url");
    this.#heartbeat = new Heartbeat(
      clock,
      ttlMs,
      () => this.#pumps.values(),
      () => this.#sweep(),
    );
    this.#context = {
      store,
      clock,
      metrics,
      random,
      ttlMs: Math.floor(ttlMs),
      events: this,
      process: this.instance,
      flights: options.flights ?? 2,
      echoMs: options.echoMs ?? 3,
      maxWaiting: options.maxWaiting ?? 10_000,
      counter: whenDown === "closed",
      nextId: () => `${this.instance}.${(this.#counter++).toString(36)}`,
      beatBy: (at) => this.#heartbeat.beatBy(at),
      watchClock: (name) => this.#watchClock(name),
    };
    if (whenDown !== "closed" || options.shadow)
      this.#without = new Fallback(this.#context, whenDown, options.shadow ?? false);
    this.#watchClock("");
    store.report({
      warning: (message) => this.emit("warning", message),
      reload: (name) => metrics.count("reloads", 1, name),
    });
    this.#heartbeat.beatBy(clock.monotonic() + ttlMs / 6);
  }

  /**
   * Runs `fn` while it holds a slot and releases it afterwards, also when `fn` throws; what it throws is thrown on. The signal aborts when the
   * slot is lost. A refusal is a value, never an exception.
   */
  async run<T>(
    name: string,
    limit: Limit,
    fn: (signal: AbortSignal, lease: Lease) => T | Promise<T>,
    waiting?: Waiting,
  ): Promise<RunResult<T>> {
    const got = await this.acquire(name, limit, waiting);
    if (got.status !== "granted") return got;
    const { lease } = got;
    try {
      const value = await fn(lease.signal, lease);
      return lease.held() ? { status: "granted", value } : { status: "granted", value, lost: true };
    } finally {
      void lease.release();
    }
  }

  /** One slot under `name`. Throws a TypeError or RangeError for a name or limit that makes no sense, never for a refusal. */
  acquire(name: string, limit: Limit, waiting?: Waiting): Promise<Acquired>;
  /** One slot under each name, or none. In a Cluster not one atomic step: it may refuse early, never admit over a limit. */
  acquire(limits: readonly NamedLimit[], waiting?: Waiting): Promise<Acquired>;
  acquire(what: string | readonly NamedLimit[], limit?: Limit | Waiting, waiting?: Waiting): Promise<Acquired> {
    // Not an async function: the hot path would pay for a second promise.
    try {
      if (typeof what !== "string") return this.#several(what, limit as Waiting | undefined);
      if (typeof limit !== "function") limitNow(limit as number);
      const pump = this.#pump(what);
      const asked = pump.acquire(limit as Limit, waiting);
      const without = this.#without;
      return without ? asked.then((result) => without.decide(pump, limit as Limit, result)) : asked;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Looks without touching. Throws a StoreError when the store does not answer. */
  async peek(name: string): Promise<Peek> {
    const view = await this.#context.store.peek(checked(name), false);
    const nextExpiryMs = view.oldest > 0 ? view.oldest - view.now : null;
    return {
      held: view.held,
      oldestMs: nextExpiryMs === null ? null : Math.max(0, view.ttlMs - nextExpiryMs),
      nextExpiryMs,
      seq: view.seq,
      limit: view.limit,
      recovering: view.recover > view.now,
    };
  }

  /** Releases what this process holds, answers its waiters with `unavailable`, and closes the store. Call it on SIGTERM. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([...this.#pumps.values()].map((pump) => pump.close()));
      this.#heartbeat.close();
      await this.#context.store.close();
    })();
    return this.#closing;
  }

  #several(limits: readonly NamedLimit[], waiting: Waiting | undefined): Promise<Acquired> {
    const sorted = [...limits].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (sorted.length === 0 || sorted.some(({ name }, index) => name === sorted[index + 1]?.name)) {
      throw new TypeError("several limits need at least one name, each of them once");
    }
    for (const one of sorted) if (typeof one.limit === "number") limitNow(one.limit);
    return acquireMany(this.#context, sorted, (name) => this.#pump(name), waiting);
  }

  #pump(name: string): CallBatcher {
    let pump = this.#pumps.get(name);
    if (!pump) {
      const id = this.#context.store.part(checked(name));
      let part = this.#parts.get(id);
      part ??= new FailureDomain(id, this.#context.clock, this.#context.random);
      this.#parts.set(id, part);
      pump = new CallBatcher(this.#context, name, part, this.#floor);
      if (this.#closing) void pump.close();
      this.#pumps.set(name, pump);
    }
    return pump;
  }

  /** Forgets names that nobody uses: what is known of them proves nothing once it is older than a ttl. */
  #sweep(): void {
    const now = this.#context.clock.monotonic();
    this.#watchClock("");
    for (const [name, pump] of this.#pumps) {
      if (!pump.idle || now - pump.usedAt < this.#context.ttlMs) continue;
      this.#floor = Math.max(this.#floor, pump.ledger.knowledge.seq);
      this.#pumps.delete(name);
      if (pump.ledger.part.id !== "") this.#parts.delete(pump.ledger.part.id);
    }
  }

  #watchClock(name: string): void {
    const { clock, metrics } = this.#context;
    const jumpMs = this.#wall.note(clock.wall(), clock.monotonic(), 0);
    if (jumpMs === 0) return;
    metrics.count("clockJumps", 1, name);
    this.emit("clockJump", { source: "local", jumpMs, name });
  }
}

/** A name becomes a hash tag, so it must not contain one. */
function checked(name: string): string {
  if (name === "" || /[{}]/.test(name))
    throw new TypeError(`a limiter's name is not empty and has no braces: ${JSON.stringify(name)}`);
  return name;
}

export const createLimiter = (options: LimiterOptions): Limiter => new Limiter(options);
