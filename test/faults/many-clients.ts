import { setTimeout as sleep } from "node:timers/promises";
import type { Lease, Limiter } from "../../src/limiter/index.js";
import type { HeldLease } from "../../src/limiter/lease.js";
import type { Held } from "./overlap-check.js";

export interface Crowd {
  readonly held: Held[];
  /** How often each answer came. */
  readonly answers: Record<string, number>;
  /** Sequence numbers in the order in which each limiter was given them. */
  readonly numbers: number[][];
  /** Stops all callers and waits for them. */
  stop(): Promise<void>;
}

/** Callers that take a slot, hold it for a while and give it back, over and over, and keep a record that `sweep` can judge. */
export function crowd(
  limiters: readonly Limiter[],
  options: { name: string; limit: number; callers: number; holdMs: (who: string) => number; waitMs?: number },
): Crowd {
  const held: Held[] = [];
  const answers: Record<string, number> = {};
  const numbers: number[][] = limiters.map(() => []);
  const stopping = new AbortController();
  const callers = limiters.flatMap((limiter, index) =>
    Array.from({ length: options.callers }, async (_, caller) => {
      while (!stopping.signal.aborted) {
        const got = await limiter.acquire(options.name, options.limit, { waitMs: options.waitMs ?? 0 });
        answers[got.status] = (answers[got.status] ?? 0) + 1;
        if (got.status !== "granted") {
          await sleep(Math.min(20, got.retryAfterMs) * Math.random());
          continue;
        }
        const from = performance.now();
        numbers[index]?.push(got.lease.seq);
        await pause(options.holdMs(`${index}.${caller}`), got.lease.signal, stopping.signal);
        held.push({ from, to: endOf(got.lease), who: `${index}.${caller}` });
        void got.lease.release();
      }
    }),
  );
  return {
    held,
    answers,
    numbers,
    async stop() {
      stopping.abort();
      await Promise.all(callers);
    },
  };
}

/** When this lease stopped being held, if it is let go of now. */
const endOf = (lease: Lease): number => Math.min(performance.now(), (lease as HeldLease).localDeadline);

async function pause(ms: number, lost: AbortSignal, stopping: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  while (!lost.aborted && !stopping.aborted && performance.now() < until)
    await sleep(Math.min(20, until - performance.now()));
}
