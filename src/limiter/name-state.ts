import type { Context } from "./context.js";
import type { FailureDomain } from "./failure-domain.js";
import { HeldLease, type Keeper, localDeadline } from "./lease.js";
import type { Denied } from "./result.js";
import { ServerState } from "./server-state.js";
import type { Reply, StoreError } from "./store.js";

/** What this process holds of one name and has been told about it. */
export class NameState {
  readonly leases = new Map<string, HeldLease>();
  /** Slots admitted without the server. */
  readonly unbacked = new Set<HeldLease>();
  readonly server: ServerState;
  #near = false;

  constructor(
    readonly context: Context,
    readonly name: string,
    readonly domain: FailureDomain,
    floor: number,
  ) {
    this.server = new ServerState(context.ttlMs, floor);
  }

  get held(): number {
    return this.leases.size + this.unbacked.size;
  }

  /** Takes note of a reply, whichever call it answers. */
  note(reply: Reply, sentAt: number): void {
    const { metrics } = this.context;
    this.server.note(reply, sentAt);
    this.answered(reply.now, sentAt);
    if (reply.lost) {
      metrics.count("losses", 1, this.name);
      this.context.emit("stateLoss", { name: this.name, recoverMs: reply.recover - reply.now });
    }
    if (reply.pruned > 0) metrics.count("reclaimed", reply.pruned, this.name);
    if (reply.restored > 0) metrics.count("overage", reply.restored, this.name);
  }

  /** The server answered: it is there, and this is what its clock said. */
  answered(serverNow: number, sentAt: number): void {
    const { clock, metrics } = this.context;
    this.#breaker(() => this.domain.breaker.succeeded());
    const now = clock.monotonic();
    const jumpMs = this.domain.drift.note(serverNow, (sentAt + now) / 2, (now - sentAt) / 2);
    if (jumpMs === 0) return;
    metrics.count("clockJumps", 1, this.name);
    this.context.emit("clockJump", { source: "server", jumpMs, name: this.name });
  }

  failed(error: StoreError): void {
    // What could not be sent cost nothing, and the connection comes back by itself: no reason to stay away longer.
    if (error.outcome !== "unsent" || this.domain.breaker.open) this.#breaker(() => this.domain.breaker.failed());
    if (error.unknown) this.context.metrics.count("unknown", 1, this.name);
    if (error.message.includes("LLMCTL absurd")) this.server.forget();
  }

  /** Says how full it is, once a batch. */
  measure(reply: Reply, limit: number): void {
    const { metrics } = this.context;
    const { held } = reply;
    metrics.gauge("held", held, this.name);
    metrics.gauge("limit", limit, this.name);
    metrics.gauge("clockOffset", this.domain.drift.offsetMs, this.name);
    const near = held >= 0.8 * limit;
    if (near && !this.#near) this.context.emit("nearLimit", { name: this.name, held, limit });
    this.#near = near;
  }

  /** A granted id becomes a lease; undefined when its reply came after its own deadline, or after `close`. */
  grant(keeper: Keeper, id: string, reply: Reply, seq: number, sentAt: number, now: number): HeldLease | undefined {
    const { ttlMs, closed } = this.context;
    const local = localDeadline(sentAt, ttlMs);
    if (now >= local || closed) return undefined;
    const lease = new HeldLease(keeper, id, reply.epoch, seq, reply.now + ttlMs, local, sentAt);
    this.leases.set(id, lease);
    return lease;
  }

  /** A slot that no server knows of. */
  grantUnbacked(keeper: Keeper): HeldLease {
    const { context, server } = this;
    const never = Number.POSITIVE_INFINITY;
    const id = context.nextId();
    const lease = new HeldLease(keeper, id, "", server.seq, never, never, context.clock.monotonic(), false);
    this.unbacked.add(lease);
    return lease;
  }

  denied(reply: Reply): Denied {
    const { name } = this;
    if (reply.recover > reply.now) return { status: "recovering", retryAfterMs: reply.recover - reply.now, name };
    // By then a slot has come free by itself, or else one was released, if slots come free as often as lately.
    const soonest = Math.min(1_000, reply.nearest - reply.now, this.server.msPerGrant ?? 1_000);
    return { status: "refused", retryAfterMs: Math.max(1, Math.ceil(soonest)), name };
  }

  unavailable(cause: Error): Denied {
    return { status: "unavailable", retryAfterMs: Math.max(50, this.domain.breaker.restsFor), name: this.name, cause };
  }

  /** The answer of a limiter that is closed. */
  get closed(): Denied {
    return { status: "unavailable", retryAfterMs: 0, name: this.name, cause: new Error("the limiter is closed") };
  }

  #breaker(change: () => void): void {
    const { breaker, id } = this.domain;
    const was = breaker.open;
    change();
    if (breaker.open === was) return;
    this.context.metrics.gauge("breaker", breaker.open ? 1 : 0, this.name);
    this.context.emit("breaker", { open: breaker.open, domain: id });
  }
}
