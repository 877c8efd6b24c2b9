import type { AcquireCall, ReleaseCall, RenewCall, Reply, View } from "./store.js";

/** A process in the queue. */
interface Place {
  /** Until when its registration counts. */
  readonly until: number;
  /** The limit under which it waits. */
  readonly limit: number;
}

/** One name's slots in memory: what the Lua scripts do, less what only a server that loses data needs. */
export class MemoryName {
  readonly #leases = new Map<string, number>();
  /** In the order of their turns. */
  readonly #queue = new Map<string, Place>();
  #epoch = "";
  #seq = 0;
  #ttlMs = 0;
  #limit = 0;
  #until = 0;
  /** No lease ends before this. */
  #nearest = Number.POSITIVE_INFINITY;

  /** `micros`: microseconds since 1970, above every number that the name gave before it was forgotten. */
  constructor(
    readonly wake: (process: string) => void,
    readonly micros: () => number,
  ) {}

  /** Nothing is held, and those who knew its numbers have forgotten them. */
  forgettable(now: number): boolean {
    return this.#until + 10 * this.#ttlMs < now && this.#queue.size === 0;
  }

  /** How many slots this process may take now. */
  room(call: Pick<AcquireCall, "limit" | "process">, now: number): number {
    this.#prune(now);
    for (const [process, { until }] of this.#queue) if (until <= now) this.#queue.delete(process);
    const free = call.limit - this.#leases.size;
    let others = 0;
    let place: number | undefined;
    for (const [process, { limit }] of this.#queue) {
      if (process === call.process) place = others;
      else if (limit > this.#leases.size) others++;
    }
    if (others === 0) return free;
    if (place === undefined) return free - others;
    return free <= place ? 0 : 1 + Math.max(0, free - 1 - others);
  }

  acquire(call: AcquireCall, now: number): Reply {
    const { process, limit } = call;
    const before = this.#leases.size;
    let room = this.room(call, now);
    const pruned = before - this.#leases.size;
    const raised = this.#limit > 0 && limit > this.#limit ? limit : 0;
    this.#seq = Math.max(this.#epoch === "" ? this.micros() : this.#seq, call.seen.seq);
    let mask = "";
    let granted = 0;
    for (const id of call.ids) {
      const there = this.#leases.has(id);
      const yes = there || room > 0;
      mask += yes ? "1" : "0";
      if (!yes) continue;
      if (!there) room--;
      granted++;
      this.#set(id, now + call.ttlMs);
    }
    if (granted > 0) {
      this.#epoch ||= `${process}-${now}`;
      this.#seq += granted;
      this.#ttlMs = Math.max(this.#ttlMs, call.ttlMs);
      this.#limit = limit;
    }
    if (mask.slice(0, call.waiting).includes("0")) {
      if (granted > 0) this.#queue.delete(process);
      this.#queue.set(process, { until: now + call.patienceMs, limit });
    } else if (call.waiting > 0) this.#queue.delete(process);
    this.#wakeNext(this.#leases.size, process, raised);
    return this.#reply(now, mask, pruned);
  }

  /** Several at once, and another name is full or this one is. */
  refuse(full: boolean, now: number): Reply {
    return this.#reply(now, full ? "0" : "1", 0);
  }

  renew(call: RenewCall, now: number): Reply {
    let mask = "";
    for (const { id } of call.leases) {
      const there = this.#leases.has(id);
      if (there) this.#set(id, now + call.ttlMs);
      mask += there ? "1" : "0";
    }
    if (mask.includes("1")) this.#seq++;
    return this.#reply(now, mask, 0);
  }

  release(call: ReleaseCall, now: number): number {
    let removed = 0;
    for (const id of call.ids) if (this.#leases.delete(id)) removed++;
    if (call.leave) this.#queue.delete(call.process);
    let live = 0;
    if (this.#queue.size > 0) for (const deadline of this.#leases.values()) if (deadline > now) live++;
    this.#wakeNext(live, call.process, 0);
    return removed;
  }

  peek(now: number, list: boolean): View {
    const live = [...this.#leases].filter(([, deadline]) => deadline > now);
    const oldest = live.length > 0 ? Math.min(...live.map(([, deadline]) => deadline)) : 0;
    const leases = list ? [...this.#leases].slice(0, 1_000).map(([id, deadline]) => ({ id, deadline })) : [];
    const { epoch, recover, ttlMs } = this.#reply(now, "", 0);
    const seq = epoch === "" ? 0 : this.#seq;
    return { now, epoch, recover, seq, ttlMs, held: live.length, limit: this.#limit, oldest, leases };
  }

  #set(id: string, deadline: number): void {
    // A lease never ends before a deadline that it was given.
    this.#leases.set(id, Math.max(this.#leases.get(id) ?? 0, deadline));
    this.#until = Math.max(this.#until, deadline);
    this.#nearest = Math.min(this.#nearest, deadline);
  }

  #prune(now: number): void {
    if (now < this.#nearest) return;
    this.#nearest = Number.POSITIVE_INFINITY;
    for (const [id, deadline] of this.#leases) {
      if (deadline <= now) this.#leases.delete(id);
      else this.#nearest = Math.min(this.#nearest, deadline);
    }
  }

  /** Wakes the next processes, one for each free slot. `raised`: a limit of which they may not know. */
  #wakeNext(held: number, by: string, raised: number): void {
    for (const [process, { limit }] of this.#queue) {
      if (process !== by && Math.max(limit, raised) > held) {
        held++;
        this.wake(process);
      }
    }
  }

  #reply(now: number, mask: string, pruned: number): Reply {
    return {
      now,
      epoch: this.#epoch,
      seq: this.#seq,
      held: this.#leases.size,
      recover: 0,
      ttlMs: this.#ttlMs,
      pruned,
      lost: false,
      restored: 0,
      nearest: mask.includes("0") ? this.#nearest : 0,
      mask,
    };
  }
}
