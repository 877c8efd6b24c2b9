import type { Context, FailureDomain } from "./failure-domain.js";
import { HeldLease, type Keeper, localDeadline } from "./lease.js";
import type { Denied } from "./result.js";
import { ServerState } from "./server-state.js";
import type { Reply, StoreError } from "./store.js";

/** What this process holds of one name and has been told about it. */
export class NameState {
  readonly leases = new Map<string, HeldLease>();
  readonly knowledge: ServerState;
  /** Slots admitted without the server. */
  unbacked = 0;
  #near = false;

  constructor(
    readonly context: Context,
    readonly name: string,
    readonly part: FailureDomain,
    floor: number,
  ) {
    this.knowledge = new ServerState(context.ttlMs, floor);
  }

  /** Takes note of a reply, whichever call it answers. */
  note(reply: Reply, sentAt: number): void {
    const { events, metrics } = this.context;
    this.knowledge.note(reply, sentAt);
    this.answered(reply.now, sentAt);
    if (reply.lost) {
      metrics.count("losses", 1, this.name);
      events.emit("stateLoss", { name: this.name, recoverMs: reply.recover - reply.now });
    }
    if (reply.pruned > 0) metrics.count("reclaimed", reply.pruned, this.name);
    if (reply.restored > 0) metrics.count("overage", reply.restored, this.name);
  }

  /** The server answered: it is there, and this is what its clock said. */
  answered(serverNow: number, sentAt: number): void {
    const { clock, events, metrics } = this.context;
    this.#breaker(() => this.part.breaker.succeeded());
    const now = clock.monotonic();
    const jumpMs = this.part.drift.note(serverNow, (sentAt + now) / 2, (now - sentAt) / 2);
    if (jumpMs === 0) return;
    metrics.count("clockJumps", 1, this.name);
    events.emit("clockJump", { source: "server", jumpMs, name: this.name });
  }

  failed(error: StoreError): void {
    // What could not be sent cost nobody anything, and the connection comes back by itself: no reason to stay away longer.
    if (error.outcome !== "unsent" || this.part.breaker.open) this.#breaker(() => this.part.breaker.failed());
    if (error.unknown) this.context.metrics.count("unknown", 1, this.name);
    if (error.message.includes("LLMCTL absurd")) this.knowledge.forget();
  }

  /** Says how full it is, once a batch. */
  measure(reply: Reply, limit: number): void {
    const { events, metrics } = this.context;
    const { held } = reply;
    metrics.gauge("held", held, this.name);
    metrics.gauge("limit", limit, this.name);
    metrics.gauge("clockOffset", this.part.drift.offsetMs, this.name);
    const near = held >= 0.8 * limit;
    if (near && !this.#near) events.emit("nearLimit", { name: this.name, held, limit });
    this.#near = near;
  }

  /** A granted id becomes a lease; undefined when its reply came after its own deadline. */
  grant(keeper: Keeper, id: string, reply: Reply, seq: number, sentAt: number, now: number): HeldLease | undefined {
    const { ttlMs } = this.context;
    const local = localDeadline(sentAt, ttlMs);
    if (now >= local) return undefined;
    const lease = new HeldLease(keeper, id, reply.epoch, seq, reply.now + ttlMs, local, sentAt);
    this.leases.set(id, lease);
    return lease;
  }

  /** A slot that no server knows of. */
  grantUnbacked(keeper: Keeper): HeldLease {
    this.unbacked++;
    const never = Number.POSITIVE_INFINITY;
    return new HeldLease(
      keeper,
      this.context.nextId(),
      "",
      this.knowledge.seq,
      never,
      never,
      this.context.clock.monotonic(),
      false,
    );
  }

  denied(reply: Reply): Denied {
    const { name } = this;
    if (reply.recover > reply.now) return { status: "recovering", retryAfterMs: reply.recover - reply.now, name };
    return { status: "refused", retryAfterMs: Math.max(1, Math.min(1_000, reply.nearest - reply.now)), name };
  }

  unavailable(cause: Error): Denied {
    return { status: "unavailable", retryAfterMs: Math.max(50, this.part.breaker.restsFor), name: this.name, cause };
  }

  #breaker(change: () => void): void {
    const { breaker, id } = this.part;
    const was = breaker.open;
    change();
    if (breaker.open === was) return;
    this.context.metrics.gauge("breaker", breaker.open ? 1 : 0, this.name);
    this.context.events.emit("breaker", { open: breaker.open, part: id });
  }
}
