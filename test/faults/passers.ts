import { setTimeout as sleep } from "node:timers/promises";
import type { HeldLease } from "../../src/limiter/lease.js";
import { type Client, clientsAt, closeAll } from "./clients.js";
import type { Held } from "./overlap-check.js";

/** Processes that come, work for a while and close while their work runs, one after the other. */
export interface Passers {
  readonly held: Held[];
  /** How many have come and gone. */
  readonly count: () => number;
  stop(): Promise<void>;
}

/** Starts them at `port`. Their work obeys its signal, a little late. */
export function passersAt(
  port: number,
  { name, limit, ttlMs, chance }: { name: string; limit: number; ttlMs: number; chance: () => number },
): Passers {
  const held: Held[] = [];
  let stopping = false;
  let count = 0;
  const work = async ({ limiter }: Client, closed: () => boolean) => {
    while (!closed()) {
      const got = await limiter.run(
        name,
        limit,
        async (signal, lease) => {
          const from = performance.now();
          const until = from + chance() * 300;
          while (!signal.aborted && performance.now() < until) await sleep(5);
          await sleep(chance() * 20);
          held.push({
            from,
            to: Math.min(performance.now(), (lease as HeldLease).localDeadline),
            who: `passer ${count}`,
          });
        },
        { waitMs: chance() * 300 },
      );
      if (got.status !== "granted") await sleep(20 * chance());
    }
  };
  const all = (async () => {
    while (!stopping) {
      const clients = clientsAt(port, 1, { ttlMs, refusalCacheMs: 0 });
      let closing = false;
      const working = [1, 2, 3].map(() => work(clients[0] as Client, () => closing));
      await sleep(200 + chance() * 600);
      closing = true;
      await (clients[0] as Client).limiter.close({ drainMs: chance() * 150 });
      await Promise.all(working);
      await closeAll(clients);
      count++;
    }
  })();
  return {
    held,
    count: () => count,
    async stop() {
      stopping = true;
      await all;
    },
  };
}
