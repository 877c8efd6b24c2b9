import type { Context } from "./context.js";
import type { Halving } from "./halving.js";
import type { HeldLease, Keeper, ReleaseOutcome } from "./lease.js";
import { noMetrics } from "./metrics.js";
import type { NameState } from "./name-state.js";
import type { PendingAcquire } from "./pending-acquire.js";
import type { RefusalCache } from "./refusal-cache.js";
import type { ReleaseQueue } from "./release-queue.js";
import type { Acquired, Denied } from "./result.js";
import type { Reply, StoreError } from "./store.js";
import { realTimers } from "./timers.js";
import type { WaitQueue } from "./wait-queue.js";

/** The one whose calls these are. */
export interface CallOwner extends Keeper {
  readonly context: Context;
  readonly state: NameState;
  readonly waiters: WaitQueue;
  readonly releases: ReleaseQueue;
  readonly refusals: RefusalCache;
  readonly halving: Halving;
  /** Flushes on their way. */
  readonly inFlight: number;
  free(id: string): Promise<ReleaseOutcome>;
  lose(lease: HeldLease): void;
}

/** A reply came: answers all callers in it. */
export function replied(
  owner: CallOwner,
  limit: number,
  asking: readonly PendingAcquire[],
  waiting: number,
  reply: Reply,
  sentAt: number,
): void {
  const { context, state, waiters, name } = owner;
  state.note(reply, sentAt);
  context.metrics.observe("batch", asking.length, name);
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
  const half = owner.halving.first(asking.length, context.store.remote === true && owner.inFlight === 1);
  const later: (() => void)[] = [];
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
      const result: Acquired = lease ? { status: "granted", lease } : late();
      // One that waits or listens to a signal is taken off its list at once.
      if (i < half || pending.waitMs > 0 || pending.stopListening) settle(owner, pending, result);
      else later.push(() => settle(owner, pending, lease?.done ? late() : result));
      continue;
    }
    denied ??= state.denied(reply);
    if (pending.waitMs > 0) waiters.last = denied;
    else if (!pending.done) {
      refused++;
      settle(owner, pending, denied);
    }
  }
  if (later.length > 0)
    realTimers.setImmediate(() => {
      for (const answerOne of later) answerOne();
    });
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
export function failed(owner: CallOwner, asking: readonly PendingAcquire[], error: StoreError): void {
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
