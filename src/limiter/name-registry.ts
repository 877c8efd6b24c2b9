import { CallBatcher } from "./call-batcher.js";
import type { Context } from "./context.js";
import { FailureDomain } from "./failure-domain.js";
import { checkName } from "./inspect.js";

/** The names in use, and what of their servers is away together. */
export class NameRegistry {
  readonly #batchers = new Map<string, CallBatcher>();
  readonly #domains = new Map<string, FailureDomain>();
  /** No sequence number seen under a forgotten name is above it. */
  #floor = 0;

  constructor(readonly context: Context) {}

  /** One name, or those of all. */
  chosen(name?: string): CallBatcher[] {
    if (name === undefined) return [...this.#batchers.values()];
    const one = this.#batchers.get(name);
    return one ? [one] : [];
  }

  all(): Iterable<CallBatcher> {
    return this.#batchers.values();
  }

  /** The calls of `name`. Throws a TypeError for a name that makes no sense. */
  get(name: string): CallBatcher {
    let batcher = this.#batchers.get(name);
    if (!batcher) {
      const id = this.context.store.domain(checkName(name));
      let domain = this.#domains.get(id);
      domain ??= new FailureDomain(id, this.context.clock, this.context.random);
      this.#domains.set(id, domain);
      batcher = new CallBatcher(this.context, name, domain, this.#floor);
      this.#batchers.set(name, batcher);
    }
    return batcher;
  }

  /** Forgets names that are not used: what is known of them proves nothing once it is older than a ttl. */
  sweep(): void {
    const now = this.context.clock.monotonic();
    for (const [name, batcher] of this.#batchers) {
      if (!batcher.idle || now - batcher.usedAt < this.context.ttlMs) continue;
      this.#floor = Math.max(this.#floor, batcher.state.server.seq);
      this.#batchers.delete(name);
      if (batcher.state.domain.id !== "") this.#domains.delete(batcher.state.domain.id);
    }
  }
}
