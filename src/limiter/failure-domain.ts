import type { EventEmitter } from "node:events";
import { Breaker } from "./breaker.js";
import { type Clock, Drift } from "./clock.js";
import type { Lease } from "./lease.js";
import type { Metrics } from "./metrics.js";
import type { Store } from "./store.js";

/** What a limiter emits, with what. */
export interface LimiterEvents {
  /** A lease ended before it was released: its signal has aborted. */
  lost: [lease: Lease];
  /** `server`: its clock moved against ours; a jump forward may have ended leases early. `local`: wall and monotonic clock part, as after a suspend. */
  clockJump: [jump: { source: "server" | "local"; jumpMs: number; name: string }];
  /** The server had lost data; nothing is admitted for one ttl. */
  stateLoss: [loss: { name: string; recoverMs: number }];
  /** 80 % of the limit are held, for the first time since it was less. */
  nearLimit: [state: { name: string; held: number; limit: number }];
  breaker: [state: { open: boolean; part: string }];
  /** A setting of the server that weakens the promise. */
  warning: [message: string];
}

/** Names whose server is away together. */
export class FailureDomain {
  readonly breaker: Breaker;
  readonly drift: Drift;

  constructor(
    readonly id: string,
    clock: Clock,
    random: () => number,
  ) {
    this.breaker = new Breaker(clock, random);
    this.drift = new Drift(250);
  }
}

/** What all pumps of one limiter share. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly events: EventEmitter<LimiterEvents>;
  readonly random: () => number;
  readonly process: string;
  readonly ttlMs: number;
  /** Flushes on their way at a time, for one name. */
  readonly flights: number;
  /** After a refusal, refuse for so long without asking, ms. */
  readonly echoMs: number;
  readonly maxWaiting: number;
  /** Whether waiters stay in line while the server is away. */
  readonly counter: boolean;
  nextId(): string;
  /** Asks the heartbeat to look at `at`, monotonic ms, at the latest. */
  beatBy(at: number): void;
  /** Reports when wall and monotonic clock have parted. */
  watchClock(name: string): void;
}
