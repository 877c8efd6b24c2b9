import type { Socket } from "node:net";
import { RowCache } from "./row-cache.js";
import { type Now, WorkerCache } from "./worker-cache.js";

/** LiteLLM's `user_api_key_cache_ttl`. */
const ROW_TTL_MS = 60_000;

/** One simulated worker process: its caches of Redis and of keys, and its calls in flight. */
export class Worker {
  readonly id: number;
  readonly cache: WorkerCache;
  readonly rows = new RowCache(ROW_TTL_MS);
  inFlight = 0;
  /** Counts its crashes: calls of an earlier life are not released by a later one. */
  life = 0;

  constructor(id: number, now: Now) {
    this.id = id;
    this.cache = new WorkerCache(now);
  }

  /** The effect of SIGKILL and a restart: empty caches, and slots that are never released. */
  crash(): void {
    this.life++;
    this.inFlight = 0;
    this.cache.forget();
    this.rows.clear();
  }
}

/**
 * Several workers behind one port. A connection belongs to the worker that accepted it, as with a real proxy; new ones
 * are assigned in turn.
 */
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
