import type { CallBatcher } from "./call-batcher.js";
import type { Context } from "./failure-domain.js";
import type { HeldLease, Lease, ReleaseOutcome } from "./lease.js";
import { type Acquired, type Denied, type Granted, limitNow, type NamedLimit, type Waiting } from "./result.js";
import type { StoreError } from "./store.js";
import { renewWaitMs } from "./wait-queue.js";

/** One slot under each of several names, held and given back together. */
class JointLease implements Lease {
  readonly name: string;
  readonly id: string;
  #signal: AbortSignal | undefined;

  constructor(readonly parts: readonly Lease[]) {
    this.name = parts.map((part) => part.name).join(" + ");
    this.id = parts.map((part) => part.id).join("+");
  }

  /** The fencing number of the first name, in alphabetical order; `parts` has them all. */
  get seq(): number {
    return (this.parts[0] as Lease).seq;
  }

  get epoch(): string {
    return (this.parts[0] as Lease).epoch;
  }

  get backed(): boolean {
    return this.parts.every((part) => part.backed);
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any(this.parts.map((part) => part.signal));
    return this.#signal;
  }

  held(): boolean {
    return this.parts.every((part) => part.held());
  }

  async release(): Promise<ReleaseOutcome> {
    const outcomes = await Promise.all([...this.parts].reverse().map((part) => part.release()));
    return (
      outcomes.find((outcome) => outcome === "unknown") ?? outcomes.find((outcome) => outcome === "late") ?? "released"
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** Names come sorted: everybody takes them in the same order. Waiting asks again at growing distances, for there is no common queue. */
export async function acquireMany(
  context: Context,
  limits: readonly NamedLimit[],
  pumpOf: (name: string) => CallBatcher,
  waiting: Waiting | undefined,
): Promise<Acquired> {
  const { clock, random } = context;
  const until = clock.monotonic() + (waiting?.waitMs ?? 0);
  for (let pause = 100; ; pause = Math.min(1_000, pause * 2)) {
    waiting?.signal?.throwIfAborted();
    const pumps = limits.map(({ name }) => pumpOf(name));
    const result = (await atOnce(context, limits, pumps)) ?? (await oneByOne(limits, pumps));
    const left = until - clock.monotonic();
    if (result.status === "granted" || left <= 0) return result;
    const ms = Math.min(left, pause * (1 + random() / 4));
    await new Promise<void>((resolve) => clock.after(ms, resolve, true));
  }
}

/** One step for all names, where the store can do that. */
async function atOnce(
  context: Context,
  limits: readonly NamedLimit[],
  pumps: readonly CallBatcher[],
): Promise<Acquired | undefined> {
  // A release of ours that is about to go goes first.
  await Promise.resolve();
  const sentAt = context.clock.monotonic();
  const ids = limits.map(() => context.nextId());
  const calls = new Map(
    limits.map(({ name, limit }, index) => [
      name,
      {
        ids: [ids[index] as string],
        limit: limitNow(limit),
        ttlMs: context.ttlMs,
        seen: (pumps[index] as CallBatcher).ledger.knowledge.seen(sentAt),
        process: context.process,
        waiting: 0,
        patienceMs: renewWaitMs,
      },
    ]),
  );
  const sent = context.store.acquireAll(calls);
  if (!sent) return undefined;
  const first = pumps[0] as CallBatcher;
  const undo = () => pumps.forEach((pump, index) => void pump.free(ids[index] as string));
  try {
    const replies = await sent;
    let denied: Denied | undefined;
    const leases: (HeldLease | undefined)[] = [];
    const granted = replies.every((reply) => reply.mask === "1");
    replies.forEach((reply, index) => {
      const pump = pumps[index] as CallBatcher;
      pump.ledger.note(reply, sentAt);
      if (reply.mask !== "1") denied ??= pump.ledger.denied(reply);
      else if (granted)
        leases.push(pump.ledger.grant(pump, ids[index] as string, reply, reply.seq, sentAt, context.clock.monotonic()));
    });
    context.metrics.count(denied?.status ?? "granted", 1, denied?.name ?? first.name);
    if (denied) return denied;
    if (leases.every((lease) => lease !== undefined))
      return { status: "granted", lease: new JointLease(leases as HeldLease[]) };
    undo();
    return first.ledger.unavailable(new Error("the reply came after the deadline"));
  } catch (error) {
    first.ledger.failed(error as StoreError);
    if ((error as StoreError).unknown) undo();
    context.metrics.count("unavailable", 1, first.name);
    return first.ledger.unavailable(error as Error);
  }
}

/** Name by name in one global order; a refusal gives back what was taken, last first. */
async function oneByOne(limits: readonly NamedLimit[], pumps: readonly CallBatcher[]): Promise<Acquired> {
  const taken: Lease[] = [];
  for (const [index, { limit }] of limits.entries()) {
    const got: Granted | Denied = await (pumps[index] as CallBatcher).acquire(limit);
    if (got.status !== "granted") {
      for (const lease of taken.reverse()) void lease.release();
      return got;
    }
    taken.push(got.lease);
  }
  return { status: "granted", lease: new JointLease(taken) };
}
