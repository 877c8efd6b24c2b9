import type { Lease } from "./lease.js";
import type { Limiter } from "./limiter.js";
import type { Peek } from "./options.js";
import type { Acquired, Limit, RunResult, Waiting } from "./result.js";

/** A limiter for one name and its limit; made by `limiter.of`. */
export class BoundLimiter {
  constructor(
    readonly limiter: Limiter,
    readonly name: string,
    readonly limit: Limit,
  ) {}

  /** See {@link Limiter.run}. */
  run<T>(fn: (signal: AbortSignal, lease: Lease) => T | Promise<T>, waiting?: Waiting): Promise<RunResult<T>> {
    return this.limiter.run(this.name, this.limit, fn, waiting);
  }

  /** See {@link Limiter.acquire}. */
  acquire(waiting?: Waiting): Promise<Acquired> {
    return this.limiter.acquire(this.name, this.limit, waiting);
  }

  /** See {@link Limiter.peek}. */
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
