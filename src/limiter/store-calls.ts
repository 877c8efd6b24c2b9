import { type CallOwner, failed, replied } from "./answer-callers.js";
import type { HeldLease } from "./lease.js";
import type { PendingAcquire } from "./pending-acquire.js";
import type { ReleaseBatch } from "./release-queue.js";
import { StoreError } from "./store.js";
import { renewWaitMs } from "./wait-queue.js";

/** Sends one acquire and answers all callers in it; `done` follows. They have the same limit; those that wait come first. */
export function sendAcquire(
  owner: CallOwner,
  limit: number,
  asking: readonly PendingAcquire[],
  done: () => void,
): void {
  const { context, state, waiters, name } = owner;
  if (!state.domain.breaker.allows()) {
    failed(owner, asking, new StoreError("unsent", "Redis failed repeatedly and is skipped for a moment"));
    done();
    return;
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
  context.store.acquire(name, call).then(
    (reply) => {
      waiters.inFlight -= waiting;
      replied(owner, limit, asking, waiting, reply, sentAt);
      done();
    },
    (error) => {
      waiters.inFlight -= waiting;
      state.failed(error as StoreError);
      failed(owner, asking, error as StoreError);
      done();
    },
  );
}

/** Renews; what the server no longer has is lost. `done` follows. */
export function sendRenewal(owner: CallOwner, leases: readonly HeldLease[], done: () => void): void {
  const { context, state, name } = owner;
  const { clock, metrics, ttlMs } = context;
  const sentAt = clock.monotonic();
  metrics.observe("renewalLag", Math.max(...leases.map((lease) => sentAt - lease.renewedAt - ttlMs / 3)), name);
  const call = { leases, ttlMs, seen: state.server.seen(sentAt), process: context.process };
  context.store.renew(name, call).then(
    (reply) => {
      state.note(reply, sentAt);
      metrics.count("renewals", leases.length, name);
      leases.forEach((lease, index) => {
        lease.renewing = false;
        if (lease.done) return;
        if (reply.mask[index] === "1") lease.renewed(sentAt, reply.now + ttlMs, ttlMs);
        else owner.lose(lease);
      });
      done();
    },
    (error) => {
      state.failed(error as StoreError);
      const retryAt = clock.monotonic() + (ttlMs / 30) * (0.5 + context.random());
      for (const lease of leases) {
        lease.renewing = false;
        lease.retryAt = retryAt;
      }
      context.beatBy(retryAt);
      done();
    },
  );
}

/** Releases; what gets no answer is tried again later. `done` follows. */
export function sendRelease(owner: CallOwner, batch: ReleaseBatch, done: () => void): void {
  const { context, state, name } = owner;
  if (!state.domain.breaker.allows()) {
    owner.releases.failed(batch);
    done();
    return;
  }
  const { ids, renewed, leave } = batch;
  const sentAt = context.clock.monotonic();
  if (leave) owner.waiters.registered = false;
  context.store.release(name, { ids, renewed, leave, process: context.process, ttlMs: context.ttlMs }).then(
    ({ now }) => {
      state.answered(now, sentAt);
      batch.settle("released");
      done();
    },
    (error) => {
      state.failed(error as StoreError);
      owner.releases.failed(batch);
      done();
    },
  );
}
