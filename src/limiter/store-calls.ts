import type { Context } from "./context.js";
import type { HeldLease, Keeper, ReleaseOutcome } from "./lease.js";
import { noMetrics } from "./metrics.js";
import type { NameState } from "./name-state.js";
import type { PendingAcquire } from "./pending-acquire.js";
import type { RefusalCache } from "./refusal-cache.js";
import type { ReleaseBatch, ReleaseQueue } from "./release-queue.js";
import type { Acquired, Denied } from "./result.js";
import { type Reply, StoreError } from "./store.js";
import { renewWaitMs, type WaitQueue } from "./wait-queue.js";

/** The one whose calls these are. */
export interface CallOwner extends Keeper {
  readonly context: Context;
  readonly state: NameState;
  readonly waiters: WaitQueue;
  readonly releases: ReleaseQueue;
  readonly refusals: RefusalCache;
  free(id: string): Promise<ReleaseOutcome>;
  lose(lease: HeldLease): void;
}

/** Sends one acquire and answers all callers in it. They have the same limit; those that wait come first. Never rejects. */
export async function sendAcquire(owner: CallOwner, limit: number, asking: readonly PendingAcquire[]): Promise<void> {
  const { context, state, waiters, name } = owner;
  if (!state.domain.breaker.allows()) {
    return fail(owner, asking, new StoreError("unsent", "Redis failed repeatedly and is skipped for a moment"));
  }
  const sentAt = context.clock.monotonic();
  let waiting = 0;
  for (const pending of asking) {
    pending.inFlight = true;
    pending.sentLimit = limit;
    if (pending.waitMs > 0) waiting++;
  }
  const call = {
    ids: asking.map((pending) => pending.id),
    limit,
    ttlMs: context.ttlMs,
    seen: state.server.seen(sentAt),
    process: context.process,
    waiting,
    patienceMs: renewWaitMs,
  };
  waiters.inFlight += waiting;
  let reply: Reply;
  try {
    reply = await context.store.acquire(name, call);
  } catch (error) {
    waiters.inFlight -= waiting;
    state.failed(error as StoreError);
    return fail(owner, asking, error as StoreError);
  }
  waiters.inFlight -= waiting;
  state.note(reply, sentAt);
  if (context.metrics !== noMetrics) context.metrics.observe("batch", asking.length, name);
  state.measure(reply, limit);
  answer(owner, limit, asking, reply, sentAt);
  if (waiting > 0) {
    waiters.registered = reply.mask.slice(0, waiting).includes("0");
    waiters.answered(!waiters.registered);
  }
  if (waiters.registered && waiters.length === 0) owner.releases.leave = true;
  else if (waiters.length > 0) waiters.lookAgainIn(Math.max(reply.nearest, reply.recover) - reply.now + 2);
}

function answer(
  owner: CallOwner,
  limit: number,
  asking: readonly PendingAcquire[],
  reply: Reply,
  sentAt: number,
): void {
  const { context, state, waiters, name } = owner;
  const { mask } = reply;
  const now = context.clock.monotonic();
  let granted = 0;
  for (let i = 0; i < asking.length; i++) if (mask === "" || mask[i] === "1") granted++;
  let seq = reply.seq - granted;
  let denied: Denied | undefined;
  let refused = 0;
  for (let i = 0; i < asking.length; i++) {
    const pending = asking[i] as PendingAcquire;
    pending.inFlight = false;
    pending.unsure = false;
    if (mask === "" || mask[i] === "1") {
      seq++;
      // A caller that gave up meanwhile, or hears of it too late, must not leave a slot behind.
      const lease = pending.done ? undefined : state.grant(owner, pending.id, reply, seq, sentAt, now);
      if (!lease) void owner.free(pending.id);
      if (pending.done) continue;
      if (lease && pending.maxHoldMs < Number.POSITIVE_INFINITY) {
        lease.holdUntil = now + pending.maxHoldMs;
        context.beatBy(lease.holdUntil);
      }
      const late = () => (context.closed ? state.closed : state.unavailable(new Error("the reply came too late")));
      settle(owner, pending, lease ? { status: "granted", lease } : late());
      continue;
    }
    denied ??= state.denied(reply);
    if (pending.waitMs > 0) waiters.last = denied;
    else if (!pending.done) {
      refused++;
      settle(owner, pending, denied);
    }
  }
  if (granted) context.metrics.count("granted", granted, name);
  if (!denied) return;
  if (refused) context.metrics.count(denied.status, refused, name);
  owner.refusals.set(denied, limit);
}

/** Answers one caller, waiting or not. */
function settle({ context, waiters, name }: CallOwner, pending: PendingAcquire, result: Acquired): void {
  waiters.remove(pending);
  const { metrics, clock } = context;
  if (metrics !== noMetrics)
    metrics.observe(pending.waitMs > 0 ? "wait" : "acquire", clock.monotonic() - pending.since, name);
  pending.resolve(result);
}

/** No answer, or an error for one. What may have run is taken back, except for those who go on waiting under the same id. */
function fail(owner: CallOwner, asking: readonly PendingAcquire[], error: StoreError): void {
  const { context, state, waiters, name } = owner;
  const denied = context.closed ? state.closed : state.unavailable(error);
  let refused = 0;
  for (const pending of asking) {
    pending.inFlight = false;
    pending.unsure ||= error.unknown;
    if (!pending.done && pending.waitMs > 0 && context.waitWhileDown) {
      waiters.last = denied;
      continue;
    }
    if (pending.unsure) void owner.free(pending.id);
    if (pending.done) continue;
    refused++;
    settle(owner, pending, denied);
  }
  if (refused) context.metrics.count("unavailable", refused, name);
  if (waiters.length > 0) waiters.lookAgainIn(denied.retryAfterMs);
}

/** Renews; what the server no longer has is lost. Never rejects. */
export async function sendRenewal(owner: CallOwner, leases: readonly HeldLease[]): Promise<void> {
  const { context, state, name } = owner;
  const { clock, metrics, ttlMs } = context;
  const sentAt = clock.monotonic();
  metrics.observe("renewalLag", Math.max(...leases.map((lease) => sentAt - lease.renewedAt - ttlMs / 3)), name);
  let reply: Reply;
  try {
    reply = await context.store.renew(name, {
      leases,
      ttlMs,
      seen: state.server.seen(sentAt),
      process: context.process,
    });
  } catch (error) {
    state.failed(error as StoreError);
    const retryAt = clock.monotonic() + (ttlMs / 30) * (0.5 + context.random());
    for (const lease of leases) {
      lease.renewing = false;
      lease.retryAt = retryAt;
    }
    return context.beatBy(retryAt);
  }
  state.note(reply, sentAt);
  metrics.count("renewals", leases.length, name);
  for (let i = 0; i < leases.length; i++) {
    const lease = leases[i] as HeldLease;
    lease.renewing = false;
    if (lease.done) continue;
    if (reply.mask[i] === "1") lease.renewed(sentAt, reply.now + ttlMs, ttlMs);
    else owner.lose(lease);
  }
}

/** Releases; what gets no answer is tried again later. Never rejects. */
export async function sendRelease(owner: CallOwner, batch: ReleaseBatch): Promise<void> {
  const { context, state, name } = owner;
  if (!state.domain.breaker.allows()) return owner.releases.failed(batch);
  const { ids, renewed, leave } = batch;
  const sentAt = context.clock.monotonic();
  if (leave) owner.waiters.registered = false;
  try {
    const call = { ids, renewed, leave, process: context.process, ttlMs: context.ttlMs };
    const { now } = await context.store.release(name, call);
    state.answered(now, sentAt);
    batch.settle("released");
  } catch (error) {
    state.failed(error as StoreError);
    owner.releases.failed(batch);
  }
}
