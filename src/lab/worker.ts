import type { Socket } from "node:net";
import { RowCache } from "./row-cache.js";
import { type Now, WorkerCache } from "./worker-cache.js";

/** LiteLLM's `user_api_key_cache_ttl`. */
const ROW_TTL_MS = 60_000;

/** One simulated worker process: its memory of Redis and of keys, and the calls it is busy with. */
export class Worker {
  readonly id: number;
  readonly cache: WorkerCache;
  readonly rows = new RowCache(ROW_TTL_MS);
  inFlight = 0;
  /** Counts its deaths: what an earlier life began, a later one does not give back. */
  life = 0;

  constructor(id: number, now: Now) {
    this.id = id;
    this.cache = new WorkerCache(now);
  }

  /** What SIGKILL and a restart leave: no memory, and nobody who will give back what was taken. */
  crash(): void {
    this.life++;
    this.inFlight = 0;
    this.cache.forget();
    this.rows.clear();
  }
}

/** Several workers behind one port. A connection belongs to the worker that accepted it, as with a real proxy; new ones go round. */
export class Workers {
  readonly all: readonly Worker[];
  readonly #of = new WeakMap<Socket, Worker>();
  #next = 0;

  constructor(count: number, now: Now) {
    this.all = Array.from({ length: count }, (_, id) => new Worker(id, now));
  }

  of(socket: Socket): Worker {
    const known = this.#of.get(socket);
    if (known) return known;
    const worker = this.all[this.#next++ % this.all.length] as Worker;
    this.#of.set(socket, worker);
    return worker;
  }
}
