import type { CallBatcher } from "./call-batcher.js";
import type { Context } from "./context.js";
import { JointLease } from "./joint-lease.js";
import type { HeldLease } from "./lease.js";
import { type Acquired, checkWaiting, type Denied, limitNow, type NamedLimit, type Waiting } from "./result.js";
import type { StoreError } from "./store.js";
import { renewWaitMs } from "./wait-queue.js";

/**
 * One slot under each name, or none. All processes take them in the same order, so waiting for one while another is held
 * never locks two callers against each other. A caller waits in the queue of each name in turn, so none starves beside a busy name.
 */
export async function acquireMany(
  context: Context,
  asked: readonly NamedLimit[],
  names: { get(name: string): CallBatcher },
  waiting: Waiting,
): Promise<Acquired> {
  checkWaiting(waiting);
  const limits = sorted(asked);
  const { clock } = context;
  const { waitMs = 0, signal, maxHoldMs } = waiting;
  signal?.throwIfAborted();
  const batchers = limits.map(({ name }) => names.get(name));
  const [first] = batchers as [CallBatcher];
  if (context.closed) return first.state.closed;
  const until = clock.monotonic() + waitMs;
  let result = await atOnce(context, limits, batchers);
  signal?.throwIfAborted();
  if (result && (result.status === "granted" || waitMs === 0)) return holdAtMost(context, result, maxHoldMs);
  do {
    result = await oneByOne(limits, batchers, () => ({
      waitMs: Math.max(0, until - clock.monotonic()),
      ...(signal && { signal }),
    }));
    // A slot may be lost while the next one is waited for.
    if (result.status !== "granted" || result.lease.held()) return holdAtMost(context, result, maxHoldMs);
    void result.lease.release();
  } while (clock.monotonic() < until && !context.closed);
  return first.state.unavailable(new Error("a slot was lost while another one was waited for"));
}

/** In alphabetical order. Throws a TypeError for no name at all or one twice, a RangeError for a limit that makes no sense. */
function sorted(asked: readonly NamedLimit[]): NamedLimit[] {
  const limits = [...asked].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (limits.length === 0 || limits.some(({ name }, index) => name === limits[index + 1]?.name))
    throw new TypeError("several limits need at least one name, each of them once");
  for (const { limit } of limits) if (typeof limit === "number") limitNow(limit);
  return limits;
}

function holdAtMost(context: Context, result: Acquired, maxHoldMs: number | undefined): Acquired {
  if (result.status !== "granted" || maxHoldMs === undefined) return result;
  for (const part of (result.lease as JointLease).parts) {
    part.holdUntil = context.clock.monotonic() + maxHoldMs;
    context.beatBy(part.holdUntil);
  }
  return result;
}

/** One step for all names, where the store can do that. */
async function atOnce(
  context: Context,
  limits: readonly NamedLimit[],
  batchers: readonly CallBatcher[],
): Promise<Acquired | undefined> {
  const sentAt = context.clock.monotonic();
  const ids = limits.map(() => context.nextId());
  const calls = new Map(
    limits.map(({ name, limit }, index) => [
      name,
      {
        ids: [ids[index] as string],
        limit: limitNow(limit),
        ttlMs: context.ttlMs,
        seen: (batchers[index] as CallBatcher).state.server.seen(sentAt),
        process: context.process,
        waiting: 0,
        patienceMs: renewWaitMs,
      },
    ]),
  );
  // A release of ours that is about to go goes first.
  for (const batcher of batchers) batcher.flush();
  const sent = context.store.acquireAll(calls);
  if (!sent) return undefined;
  const first = batchers[0] as CallBatcher;
  const undo = () => batchers.forEach((batcher, index) => void batcher.free(ids[index] as string));
  try {
    const replies = await sent;
    let denied: Denied | undefined;
    const leases: (HeldLease | undefined)[] = [];
    const granted = replies.every((reply) => reply.mask === "1");
    replies.forEach((reply, index) => {
      const batcher = batchers[index] as CallBatcher;
      const { state } = batcher;
      state.note(reply, sentAt);
      if (reply.mask !== "1") denied ??= state.denied(reply);
      else if (granted)
        leases.push(state.grant(batcher, ids[index] as string, reply, reply.seq, sentAt, context.clock.monotonic()));
    });
    context.metrics.count(denied?.status ?? "granted", 1, denied?.name ?? first.name);
    if (denied) return denied;
    if (leases.every((lease) => lease !== undefined)) return { status: "granted", lease: new JointLease(leases) };
    for (const lease of leases) if (lease) void lease.release();
    undo();
    return context.closed ? first.state.closed : first.state.unavailable(new Error("the reply came too late"));
  } catch (error) {
    first.state.failed(error as StoreError);
    if ((error as StoreError).unknown) undo();
    context.metrics.count("unavailable", 1, first.name);
    return first.state.unavailable(error as Error);
  }
}

/** Name by name in one global order; a refusal or an abort gives back what was taken, last first. */
async function oneByOne(
  limits: readonly NamedLimit[],
  batchers: readonly CallBatcher[],
  waiting: () => Waiting,
): Promise<Acquired> {
  const taken: HeldLease[] = [];
  let whole = false;
  try {
    for (const [index, { limit }] of limits.entries()) {
      const got = await (batchers[index] as CallBatcher).acquire(limit, waiting());
      if (got.status !== "granted") return got;
      taken.push(got.lease as HeldLease);
    }
    whole = true;
    return { status: "granted", lease: new JointLease(taken) };
  } finally {
    if (!whole) for (const lease of taken.reverse()) void lease.release();
  }
}
