import type { Argument } from "./redis-connection.js";
import { type AcquireCall, type ReleaseCall, type Reply, StoreError } from "./store.js";
import { realTimers } from "./timers.js";

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What one turn asks of one name: a release, an acquire, or the first and then the second. */
interface Exchange {
  readonly name: string;
  release?: ReleaseCall & Settle<{ now: number; removed: number }>;
  acquire?: AcquireCall & Settle<Reply>;
}

/** What goes out in one script. All of it has the same process and ttl, for these are said once. */
interface Batch {
  readonly process: string;
  ttlMs: number;
  patienceMs: number;
  ids: number;
  readonly exchanges: Map<string, Exchange>;
}

/** How a batch is sent: the names, the arguments, and whether ids are wanted; resolves to the server's time and one reply a name. */
export type SendExchanges = (names: string[], args: Argument[], wants: boolean) => Promise<unknown[]>;

/** Past this, a script would keep the server's other clients waiting. */
const mostIds = 1_000;
const mostNames = 256;

/** Gathers the calls of one turn of the event loop, for all names, and sends them in one script; in a Cluster in one script a name. */
export class ExchangeQueue {
  #batch: Batch | undefined;
  #scheduled = false;

  constructor(
    readonly send: SendExchanges,
    readonly namesPerScript = mostNames,
  ) {}

  acquire(name: string, call: AcquireCall): Promise<Reply> {
    if (call.ids.length === 0) return Promise.reject(new RangeError("an acquire needs at least one id"));
    return new Promise((resolve, reject) => {
      const batch = this.#fitting(call.process, call.ttlMs, call.patienceMs, call.ids.length);
      const exchange = batch.exchanges.get(name);
      const settle = { ...call, resolve, reject };
      if (!exchange) batch.exchanges.set(name, { name, acquire: settle });
      else if (!exchange.acquire) exchange.acquire = settle;
      else {
        // Under another limit: after the first.
        this.#flush();
        const next = this.#fitting(call.process, call.ttlMs, call.patienceMs, call.ids.length);
        next.exchanges.set(name, { name, acquire: settle });
      }
    });
  }

  release(name: string, call: ReleaseCall): Promise<{ now: number; removed: number }> {
    return new Promise((resolve, reject) => {
      const settle = { ...call, resolve, reject };
      if (this.#batch?.exchanges.has(name)) this.#flush();
      this.#fitting(call.process, call.ttlMs ?? 0, 0, call.ids.length).exchanges.set(name, { name, release: settle });
    });
  }

  /** Sends what has gathered, so that a call made next comes after it. */
  flush(): void {
    if (this.#batch) this.#flush();
  }

  /** The batch that a call fits into; 0 for a ttl or patience that the call does not care about. */
  #fitting(process: string, ttlMs: number, patienceMs: number, ids: number): Batch {
    const open = this.#batch;
    if (open) {
      const same = (mine: number, theirs: number) => mine === 0 || theirs === 0 || mine === theirs;
      const fits = open.process === process && same(open.ttlMs, ttlMs) && same(open.patienceMs, patienceMs);
      if (fits && open.ids + ids <= mostIds && open.exchanges.size < this.namesPerScript) {
        open.ids += ids;
        open.ttlMs ||= ttlMs;
        open.patienceMs ||= patienceMs;
        return open;
      }
      this.#flush();
    }
    const batch: Batch = { process, ttlMs, patienceMs, ids, exchanges: new Map() };
    this.#batch = batch;
    if (!this.#scheduled) {
      this.#scheduled = true;
      realTimers.nextTick(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
    return batch;
  }

  #flush(): void {
    const batch = this.#batch as Batch;
    this.#batch = undefined;
    void this.#exchange(batch, [...batch.exchanges.values()]);
  }

  async #exchange(batch: Batch, exchanges: readonly Exchange[]): Promise<void> {
    const args: Argument[] = [batch.ttlMs, batch.process, batch.patienceMs];
    let wants = false;
    for (const { release, acquire } of exchanges) {
      wants ||= acquire !== undefined;
      args.push(
        acquire?.limit ?? 0,
        acquire?.waiting ?? 0,
        acquire?.seen.epoch ?? "",
        acquire?.seen.seq ?? 0,
        acquire?.seen.ttlMs ?? 0,
        release?.leave ? 1 : 0,
        release?.renewed ?? 0,
        release?.ids.length ?? 0,
        acquire?.ids.length ?? 0,
      );
      for (const id of release?.ids ?? []) args.push(id);
      for (const id of acquire?.ids ?? []) args.push(id);
    }
    let replies: unknown[];
    try {
      replies = await this.send(
        exchanges.map(({ name }) => name),
        args,
        wants,
      );
    } catch (error) {
      // One name's broken key must not take the others along. What ran may run again: ids are granted and released once.
      if (exchanges.length > 1 && (error as StoreError).outcome === "failed") {
        for (const one of exchanges) void this.#exchange(batch, [one]);
        return;
      }
      for (const one of exchanges) fail(one, error);
      return;
    }
    const now = replies[0] as number;
    exchanges.forEach((one, index) => {
      const raw = replies[index + 1];
      if (raw instanceof Error) fail(one, new StoreError("failed", raw.message, { cause: raw }));
      else {
        one.release?.resolve({ now, removed: typeof raw === "number" ? raw : one.release.ids.length });
        one.acquire?.resolve(toReply(now, raw));
      }
    });
  }
}

function fail({ release, acquire }: Exchange, error: unknown): void {
  release?.reject(error);
  acquire?.reject(error);
}

type WriterReply = [string, number, number, number, number, number, number, number, string];

/** What a writer script returned for one name. */
export function toReply(now: number, raw: unknown): Reply {
  if (raw instanceof Error) throw new StoreError("failed", raw.message, { cause: raw });
  const [epoch, seq, held, recover, ttlMs, pruned, lost, nearest, mask] = raw as WriterReply;
  return { now, epoch, seq, held, recover, ttlMs, pruned, lost: lost === 1, restored: 0, nearest, mask };
}
