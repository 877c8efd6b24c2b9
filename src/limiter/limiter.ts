import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { acquireMany } from "./acquire-many.js";
import { BoundLimiter } from "./bound-limiter.js";
import { Drift, systemClock } from "./clock.js";
import type { Context, LimiterEvents } from "./context.js";
import { Fallback } from "./fallback.js";
import { Heartbeat } from "./heartbeat.js";
import { checkName, type HeldSlot, list, peek } from "./inspect.js";
import { guardMetrics, noMetrics } from "./metrics.js";
import { NameRegistry } from "./name-registry.js";
import { checkOptions, type LimiterOptions, type Peek } from "./options.js";
import {
  type Acquired,
  checkWaiting,
  type Limit,
  limitNow,
  type NamedLimit,
  type RunResult,
  type Waiting,
} from "./result.js";
import { runWithLease, type Work } from "./run-with-lease.js";
import { Shutdown } from "./shutdown.js";
import { Turn } from "./turn.js";
import { UserCode } from "./user-code.js";

/**
 * Limits how many may run at once under one name, across processes: while the server keeps its data, its clock does not jump forward past a
 * lease's remainder nor run more than 10 % fast, and the holder's machine is not suspended, at no instant do more than the limit hold a slot.
 */
export class Limiter extends EventEmitter<LimiterEvents> {
  /** This limiter's name in lease ids: the option `instance`, and random characters. */
  readonly instance: string;
  readonly #context: Context & { closed: boolean };
  readonly #names: NameRegistry;
  readonly #heartbeat: Heartbeat;
  readonly #wall = new Drift(1_000);
  readonly #fallback: Fallback | undefined;
  readonly #user = new UserCode();
  readonly #detach: () => Promise<void>;
  readonly #turn = new Turn();
  readonly #shutdown: Shutdown;
  #counter = 0;
  #closing: Promise<void> | undefined;

  constructor(options: LimiterOptions) {
    super();
    const { store, clock = systemClock, random = Math.random, shadow, instance } = options;
    const { whenDown, ...settings } = checkOptions(options);
    const unique = randomBytes(9).toString("base64url");
    this.instance = instance === undefined ? unique : `${instance}-${unique}`;
    const metrics = guardMetrics(options.metrics ?? noMetrics, this.#user);
    this.#shutdown = new Shutdown(clock);
    this.#heartbeat = new Heartbeat(
      clock,
      settings.ttlMs,
      () => this.#names.all(),
      () => {
        this.#watchClock("");
        this.#names.sweep();
      },
    );
    this.#context = {
      ...settings,
      store,
      clock,
      metrics,
      random,
      process: this.instance,
      waitWhileDown: whenDown === "closed",
      closed: false,
      nextId: () => `${this.instance}.${(this.#counter++).toString(36)}`,
      emit: (event, ...args) => this.#tell(event, args),
      flushSoon: (batcher) => this.#turn.add(batcher),
      beatBy: (at) => this.#heartbeat.beatBy(at),
      leaseEnded: () => this.#shutdown.leaseEnded(),
      watchClock: (name) => this.#watchClock(name),
    };
    this.#names = new NameRegistry(this.#context);
    if (whenDown !== "closed" || shadow) this.#fallback = new Fallback(this.#context, whenDown, shadow === true);
    this.#watchClock("");
    this.#detach = store.attach({
      warning: (message) => this.#tell("warning", [message]),
      reload: (name) => metrics.count("reloads", 1, name),
    });
    this.#heartbeat.beatBy(clock.monotonic() + settings.ttlMs / 6);
  }

  /**
   * Runs `fn` while it holds a slot and releases it afterwards, also when `fn` throws; what it throws is thrown on. Its signal aborts when the
   * slot is lost, when the limiter closes, and with the caller's signal. A refusal is a value, never an exception.
   */
  run<T>(name: string, limit: Limit, fn: Work<T>, waiting?: Waiting): Promise<RunResult<T>>;
  /** The same with one slot under each name. */
  run<T>(limits: readonly NamedLimit[], fn: Work<T>, waiting?: Waiting): Promise<RunResult<T>>;
  run<T>(what: string | readonly NamedLimit[], ...rest: unknown[]): Promise<RunResult<T>> {
    if (typeof what === "string") {
      const [limit, fn, waiting] = rest as [Limit, Work<T>, Waiting | undefined];
      return runWithLease(this.acquire(what, limit, waiting), fn, waiting);
    }
    const [fn, waiting] = rest as [Work<T>, Waiting | undefined];
    return runWithLease(this.acquire(what, waiting), fn, waiting);
  }

  /** One slot under `name`. Throws a TypeError or RangeError for a name, limit or time that makes no sense, never for a refusal. */
  acquire(name: string, limit: Limit, waiting?: Waiting): Promise<Acquired>;
  /** One slot under each name, or none. In a Cluster not one atomic step: it may refuse early, never admit over a limit. */
  acquire(limits: readonly NamedLimit[], waiting?: Waiting): Promise<Acquired>;
  acquire(what: string | readonly NamedLimit[], limit?: Limit | Waiting, waiting?: Waiting): Promise<Acquired> {
    try {
      if (typeof what !== "string") return acquireMany(this.#context, what, this.#names, (limit as Waiting) ?? {});
      if (typeof limit !== "function") limitNow(limit as number);
      if (waiting) checkWaiting(waiting);
      const batcher = this.#names.get(what);
      const asked = batcher.acquire(limit as Limit, waiting);
      const fallback = this.#fallback;
      return fallback ? asked.then((result) => fallback.decide(batcher, limit as Limit, result, waiting)) : asked;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same for one name and limit, which need not be repeated. */
  of(name: string, limit: Limit): BoundLimiter {
    if (typeof limit !== "function") limitNow(limit);
    return new BoundLimiter(this, checkName(name), limit);
  }

  /** Looks without touching. Throws a StoreError when the store does not answer. */
  async peek(name: string): Promise<Peek> {
    return peek(this.#context.store, name);
  }

  /** Who holds slots of `name`, in all processes: at most 1,000. Throws a StoreError when the store does not answer. */
  async list(name: string): Promise<HeldSlot[]> {
    return list(this.#context.store, name);
  }

  /**
   * Frees a slot that {@link list} named, whichever process holds it: for an operator. Its holder is told with its next renewal that the slot is
   * lost; until then it may still be at work beside the next one. Says whether it was there. Throws a StoreError.
   */
  async evict(name: string, id: string): Promise<boolean> {
    const { process, store, ttlMs } = this.#context;
    const { removed } = await store.release(checkName(name), { ids: [id], renewed: 1, ttlMs, process, leave: false });
    return removed > 0;
  }

  /** Slots that this process holds, of one name or of all. */
  active(name?: string): number {
    let held = 0;
    for (const one of this.#names.chosen(name)) held += one.state.held;
    return held;
  }

  /** Callers of this process that wait, for one name or for all. */
  waiting(name?: string): number {
    let waiting = 0;
    for (const one of this.#names.chosen(name)) waiting += one.waiters.length;
    return waiting;
  }

  /**
   * Admits nothing more, answers waiters with `unavailable`, gives what runs `drainMs` to end (default 0), then aborts its signals, and releases
   * its slots once it has stopped. A function of `run` that does not stop keeps its slot until its lease ends, at most one ttl later. Closes
   * the store if no other limiter uses it. Call it on SIGTERM.
   */
  close(options: { drainMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.drainMs ?? 0);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    this.#context.closed = true;
    await this.#shutdown.run(this.#names.chosen(), drainMs);
    this.#heartbeat.close();
    await this.#detach();
  }

  /** Tells the listeners, each of them, after what runs now. */
  #tell<E extends keyof LimiterEvents>(event: E, args: LimiterEvents[E]): void {
    if (this.listenerCount(event) === 0) return;
    void Promise.resolve().then(() => {
      for (const listener of this.rawListeners(event))
        this.#user.call(`a listener of "${event}"`, () => Reflect.apply(listener, this, args));
    });
  }

  #watchClock(name: string): void {
    const { clock, metrics } = this.#context;
    const jumpMs = this.#wall.note(clock.wall(), clock.monotonic(), 0);
    if (jumpMs === 0) return;
    metrics.count("clockJumps", 1, name);
    this.#tell("clockJump", [{ source: "local", jumpMs, name }]);
  }
}

/** Creates a limiter; it is used until `close`. Throws a RangeError for options that make no sense. */
export const createLimiter = (options: LimiterOptions): Limiter => new Limiter(options);
