import type { Context } from "./failure-domain.js";
import type { HeldLease, Keeper, ReleaseOutcome } from "./lease.js";
import type { NameState } from "./name-state.js";
import type { RefusalCache } from "./refusal-cache.js";
import type { ReleaseBatch, ReleaseQueue } from "./release-queue.js";
import type { Denied } from "./result.js";
import { type Reply, StoreError } from "./store.js";
import { type PendingAcquire, renewWaitMs, type WaitQueue } from "./wait-queue.js";

/** Whose calls these are. */
export interface CallOwner extends Keeper {
  readonly context: Context;
  readonly ledger: NameState;
  readonly line: WaitQueue;
  readonly outbox: ReleaseQueue;
  readonly echo: RefusalCache;
  free(id: string): Promise<ReleaseOutcome>;
  lose(lease: HeldLease): void;
}

/** Sends one acquire and answers everybody in it. All asks have the same limit; those that wait come first. Never rejects. */
export async function sendAcquire(caller: CallOwner, limit: number, asks: readonly PendingAcquire[]): Promise<void> {
  const { context, ledger, line, name } = caller;
  if (!ledger.part.breaker.allows()) {
    return failAsks(caller, asks, new StoreError("unsent", "Redis failed repeatedly and is skipped for a moment"));
  }
  const sentAt = context.clock.monotonic();
  for (const ask of asks) ask.flying = true;
  const waiting = asks.filter((ask) => ask.waitMs > 0).length;
  const call = {
    ids: asks.map((ask) => ask.id),
    limit,
    ttlMs: context.ttlMs,
    seen: ledger.knowledge.seen(sentAt),
    process: context.process,
    waiting,
    patienceMs: renewWaitMs,
  };
  let reply: Reply;
  try {
    reply = await context.store.acquire(name, call);
  } catch (error) {
    ledger.failed(error as StoreError);
    return failAsks(caller, asks, error as StoreError);
  }
  ledger.note(reply, sentAt);
  ledger.measure(reply, limit);
  context.metrics.observe("batch", asks.length, name);
  answer(caller, limit, asks, reply, sentAt);
  if (waiting > 0) line.registered = reply.mask.slice(0, waiting).includes("0");
  if (line.registered && line.length === 0) caller.outbox.leave = true;
  else if (line.length > 0) line.lookAgainIn(Math.max(reply.nearest, reply.recover) - reply.now + 2);
}

function answer(caller: CallOwner, limit: number, asks: readonly PendingAcquire[], reply: Reply, sentAt: number): void {
  const { context, ledger, line, name } = caller;
  const { mask } = reply;
  const now = context.clock.monotonic();
  let granted = 0;
  for (let i = 0; i < asks.length; i++) if (mask === "" || mask[i] === "1") granted++;
  let seq = reply.seq - granted;
  let denied: Denied | undefined;
  let refused = 0;
  for (let i = 0; i < asks.length; i++) {
    const ask = asks[i] as PendingAcquire;
    ask.flying = false;
    ask.unsure = false;
    if (mask === "" || mask[i] === "1") {
      seq++;
      // Whoever gave up meanwhile, or hears of it too late, must not leave a slot behind.
      const lease = ask.done ? undefined : ledger.grant(caller, ask.id, reply, seq, sentAt, now);
      if (!lease) void caller.free(ask.id);
      if (ask.done) continue;
      line.settle(
        ask,
        lease ? { status: "granted", lease } : ledger.unavailable(new Error("the reply came after the deadline")),
      );
      continue;
    }
    denied ??= ledger.denied(reply);
    if (ask.waitMs > 0) line.last = denied;
    else {
      refused++;
      line.settle(ask, denied);
    }
  }
  if (granted) context.metrics.count("granted", granted, name);
  if (!denied) return;
  if (refused) context.metrics.count(denied.status, refused, name);
  caller.echo.set(denied, limit);
}

/** No answer, or an error for one. What may have run is taken back, except for those who go on waiting under the same id. */
function failAsks(caller: CallOwner, asks: readonly PendingAcquire[], error: StoreError): void {
  const { context, ledger, line, name } = caller;
  const denied = ledger.unavailable(error);
  let refused = 0;
  for (const ask of asks) {
    ask.flying = false;
    ask.unsure ||= error.unknown;
    if (!ask.done && ask.waitMs > 0 && context.counter) {
      line.last = denied;
      continue;
    }
    if (ask.unsure) void caller.free(ask.id);
    if (ask.done) continue;
    refused++;
    line.settle(ask, denied);
  }
  if (refused) context.metrics.count("unavailable", refused, name);
  if (line.length > 0) line.lookAgainIn(denied.retryAfterMs);
}

/** Renews; what the server no longer has is lost. Never rejects. */
export async function sendRenewal(caller: CallOwner, leases: readonly HeldLease[]): Promise<void> {
  const { context, ledger, name } = caller;
  const { clock, metrics, ttlMs } = context;
  const sentAt = clock.monotonic();
  metrics.observe("renewalLag", Math.max(...leases.map((lease) => sentAt - lease.renewedAt - ttlMs / 3)), name);
  let reply: Reply;
  try {
    reply = await context.store.renew(name, {
      leases,
      ttlMs,
      seen: ledger.knowledge.seen(sentAt),
      process: context.process,
    });
  } catch (error) {
    ledger.failed(error as StoreError);
    const retryAt = clock.monotonic() + (ttlMs / 30) * (0.5 + context.random());
    for (const lease of leases) {
      lease.renewing = false;
      lease.retryAt = retryAt;
    }
    return context.beatBy(retryAt);
  }
  ledger.note(reply, sentAt);
  metrics.count("renewals", leases.length, name);
  for (let i = 0; i < leases.length; i++) {
    const lease = leases[i] as HeldLease;
    lease.renewing = false;
    if (lease.done) continue;
    if (reply.mask[i] === "1") lease.renewed(sentAt, reply.now + ttlMs, ttlMs);
    else caller.lose(lease);
  }
}

/** Releases; what gets no answer is tried again later. Never rejects. */
export async function sendRelease(caller: CallOwner, parcel: ReleaseBatch, leave: boolean): Promise<void> {
  const { context, ledger, name } = caller;
  if (!ledger.part.breaker.allows()) return caller.outbox.failed(parcel);
  const sentAt = context.clock.monotonic();
  if (leave) caller.line.registered = false;
  try {
    const { now } = await context.store.release(name, { ids: parcel.ids, process: context.process, leave });
    ledger.answered(now, sentAt);
    parcel.settle("released");
  } catch (error) {
    ledger.failed(error as StoreError);
    caller.outbox.failed(parcel);
  }
}
