import type { AcquireCall, ReleaseCall, RenewCall, Reply, View } from "./store.js";

/** One name's slots in memory: what the Lua scripts do, less what only a server that loses data needs. */
export class MemoryName {
  readonly #leases = new Map<string, number>();
  /** Process -> until when its place counts; in the order of their turns. */
  readonly #queue = new Map<string, number>();
  #epoch = "";
  #seq = 0;
  #ttlMs = 0;
  #limit = 0;
  #until = 0;
  /** No lease ends before this. */
  #nearest = Number.POSITIVE_INFINITY;

  constructor(readonly wake: (process: string) => void) {}

  /** Nothing is held, and everybody who knew its numbers has forgotten them. */
  forgettable(now: number): boolean {
    return this.#until + 10 * this.#ttlMs < now && this.#queue.size === 0;
  }

  /** How many slots this process may take now. */
  room(call: Pick<AcquireCall, "limit" | "process">, now: number): number {
    this.#prune(now);
    for (const [process, until] of this.#queue) if (until <= now) this.#queue.delete(process);
    const free = call.limit - this.#leases.size;
    const place = [...this.#queue.keys()].indexOf(call.process);
    const others = this.#queue.size - (place >= 0 ? 1 : 0);
    if (others === 0) return free;
    if (place < 0) return free - others;
    return free <= place ? 0 : 1 + Math.max(0, free - 1 - others);
  }

  acquire(call: AcquireCall, now: number): Reply {
    const { process } = call;
    const before = this.#leases.size;
    let room = this.room(call, now);
    const pruned = before - this.#leases.size;
    this.#seq = Math.max(this.#seq, call.seen.seq);
    let mask = "";
    let granted = 0;
    call.ids.forEach((id) => {
      const there = this.#leases.has(id);
      const yes = there || room > 0;
      mask += yes ? "1" : "0";
      if (!yes) return;
      if (!there) room--;
      granted++;
      this.#set(id, now + call.ttlMs);
    });
    if (granted > 0) {
      this.#epoch ||= `${process}-${now}`;
      this.#seq += granted;
      this.#ttlMs = Math.max(this.#ttlMs, call.ttlMs);
      this.#limit = call.limit;
    }
    const registered = this.#queue.has(process);
    if (mask.slice(0, call.waiting).includes("0")) {
      if (granted > 0) this.#queue.delete(process);
      this.#queue.set(process, now + call.patienceMs);
    } else if (call.waiting > 0 && registered) this.#queue.delete(process);
    this.#wakeNext(call.limit - this.#leases.size, process);
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
    this.#wakeNext(this.#limit - live, call.process);
    return removed;
  }

  peek(now: number, processes: boolean): View {
    const live = [...this.#leases].filter(([, deadline]) => deadline > now);
    const oldest = live.length > 0 ? Math.min(...live.map(([, deadline]) => deadline)) : 0;
    const ids = processes ? [...this.#leases.keys()].slice(0, 1_000) : [];
    const distinct = new Set(ids.map((id) => id.slice(0, id.lastIndexOf("."))));
    const { epoch, recover, seq, ttlMs } = this.#reply(now, "", 0);
    return { now, epoch, recover, seq, ttlMs, held: live.length, limit: this.#limit, oldest, processes: [...distinct] };
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

  #wakeNext(free: number, by: string): void {
    for (const process of this.#queue.keys()) {
      if (free-- <= 0) return;
      if (process !== by) this.wake(process);
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
