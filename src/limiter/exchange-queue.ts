import { Halving } from "./halving.js";
import type { Argument } from "./redis-connection.js";
import { shapeOf, toReply } from "./script-format.js";
import { type AcquireCall, type ReleaseCall, type Reply, StoreError } from "./store.js";
import { realTimers } from "./timers.js";

interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Call<C, R> extends Settle<R> {
  readonly call: C;
}

/** What one turn asks of one name: a release, an acquire, or the first and then the second. */
interface Exchange {
  readonly name: string;
  readonly release: Call<ReleaseCall, { now: number; removed: number }> | undefined;
  acquire: Call<AcquireCall, Reply> | undefined;
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
  #inFlight = 0;
  readonly #halving = new Halving();

  constructor(
    readonly send: SendExchanges,
    readonly namesPerScript = mostNames,
  ) {}

  acquire(name: string, call: AcquireCall): Promise<Reply> {
    if (call.ids.length === 0) return Promise.reject(new RangeError("an acquire needs at least one id"));
    return new Promise((resolve, reject) => {
      const acquire = { call, resolve, reject };
      let batch = this.#fitting(name, call.process, call.ttlMs, call.patienceMs, call.ids.length);
      const exchange = batch.exchanges.get(name);
      if (exchange && !exchange.acquire) {
        exchange.acquire = acquire;
        return;
      }
      if (exchange) {
        // Under another limit: after the first.
        this.#flush();
        batch = this.#fitting(name, call.process, call.ttlMs, call.patienceMs, call.ids.length);
      }
      batch.exchanges.set(name, { name, release: undefined, acquire });
    });
  }

  release(name: string, call: ReleaseCall): Promise<{ now: number; removed: number }> {
    return new Promise((resolve, reject) => {
      if (this.#batch?.exchanges.has(name)) this.#flush();
      const batch = this.#fitting(name, call.process, call.ttlMs ?? 0, 0, call.ids.length);
      batch.exchanges.set(name, { name, release: { call, resolve, reject }, acquire: undefined });
    });
  }

  /** Sends what has gathered, so that a call made next comes after it. */
  flush(): void {
    if (this.#batch) this.#flush();
  }

  /** The batch that a call fits into; 0 for a ttl or patience that the call does not care about. */
  #fitting(name: string, process: string, ttlMs: number, patienceMs: number, ids: number): Batch {
    const open = this.#batch;
    if (open) {
      const same = (mine: number, theirs: number) => mine === 0 || theirs === 0 || mine === theirs;
      const fits = open.process === process && same(open.ttlMs, ttlMs) && same(open.patienceMs, patienceMs);
      const full = open.exchanges.size >= this.namesPerScript && !open.exchanges.has(name);
      if (fits && !full && open.ids + ids <= mostIds) {
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
      const out = release?.call;
      const into = acquire?.call;
      args.push(shapeOf(out, into));
      if (into) args.push(into.limit, into.seen.epoch, into.seen.seq);
      if (out) for (const id of out.ids) args.push(id);
      if (into) for (const id of into.ids) args.push(id);
    }
    let replies: unknown[];
    this.#inFlight++;
    try {
      const names = exchanges.map(({ name }) => name);
      replies = await this.send(names, args, wants).finally(() => this.#inFlight--);
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
    const answer = (from: number, to: number) => {
      for (let index = from; index < to; index++) settle(exchanges[index] as Exchange, now, replies[index + 1]);
    };
    const half = this.#halving.first(exchanges.length, this.#inFlight === 0);
    answer(0, half);
    if (half < exchanges.length) realTimers.setImmediate(() => answer(half, exchanges.length));
  }
}

function settle(one: Exchange, now: number, raw: unknown): void {
  if (raw instanceof Error) {
    fail(one, new StoreError("failed", raw.message, { cause: raw }));
    return;
  }
  one.release?.resolve({ now, removed: typeof raw === "number" ? raw : one.release.call.ids.length });
  if (one.acquire) one.acquire.resolve(toReply(now, raw, one.acquire.call));
}

function fail({ release, acquire }: Exchange, error: unknown): void {
  release?.reject(error);
  acquire?.reject(error);
}
