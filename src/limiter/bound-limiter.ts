import type { Lease } from "./lease.js";
import type { Peek } from "./options.js";
import type { Acquired, Limit, RunResult, Waiting } from "./result.js";

/** The part of a limiter that a bound one calls. */
interface Limiting {
  run<T>(
    name: string,
    limit: Limit,
    fn: (signal: AbortSignal, lease: Lease) => T | Promise<T>,
    waiting?: Waiting,
  ): Promise<RunResult<T>>;
  acquire(name: string, limit: Limit, waiting?: Waiting): Promise<Acquired>;
  peek(name: string): Promise<Peek>;
  active(name: string): number;
  waiting(name: string): number;
}

/** A limiter for one name and its limit; made by `limiter.of`. */
export class BoundLimiter {
  constructor(
    readonly limiter: Limiting,
    readonly name: string,
    readonly limit: Limit,
  ) {}

  /** See `Limiter.run`. */
  run<T>(fn: (signal: AbortSignal, lease: Lease) => T | Promise<T>, waiting?: Waiting): Promise<RunResult<T>> {
    return this.limiter.run(this.name, this.limit, fn, waiting);
  }

  /** See `Limiter.acquire`. */
  acquire(waiting?: Waiting): Promise<Acquired> {
    return this.limiter.acquire(this.name, this.limit, waiting);
  }

  /** See `Limiter.peek`. */
  peek(): Promise<Peek> {
    return this.limiter.peek(this.name);
  }

  /** Slots of this name that this process holds. */
  get active(): number {
    return this.limiter.active(this.name);
  }

  /** Callers of this process that wait for this name. */
  get waiting(): number {
    return this.limiter.waiting(this.name);
  }
}
