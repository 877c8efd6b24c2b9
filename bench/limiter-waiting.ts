import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { Semaphore } from "redis-semaphore";
import { createLimiter, redisStore, type Store } from "../src/limiter/index.js";

const waiters = 16;

async function commandsSent(admin: Redis, during: () => Promise<unknown>): Promise<number> {
  await admin.config("RESETSTAT");
  await during();
  const stats = await admin.info("commandstats");
  let calls = 0;
  for (const [, name, count] of stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g))
    if (name === "evalsha" || name === "eval") calls += Number(count);
  return calls;
}

/** The server's cost of waiting processes, and the time of a hand-over. */
export async function measureWaiting(port: number, admin: Redis, ms: number): Promise<string> {
  const clients = Array.from({ length: waiters + 1 }, () => new Redis(port));
  const limiters = clients.map((redis) => createLimiter({ store: redisStore(redis, { timeoutMs: 5_000 }) }));
  const [holder, ...others] = limiters;
  const got = await holder?.acquire("waiting", 1);
  const asked = others.map((limiter) => limiter.acquire("waiting", 1, { waitMs: ms + 2_000 }));
  await sleep(1_000);
  const ours = await commandsSent(admin, () => sleep(ms));
  if (got?.status === "granted") void got.lease.release();
  const handed: number[] = [];
  let since = performance.now();
  await Promise.all(
    asked.map(async (one) => {
      const result = await one;
      if (result.status !== "granted") return;
      handed.push(performance.now() - since);
      since = performance.now();
      void result.lease.release();
    }),
  );
  await Promise.all(limiters.map((limiter) => limiter.close()));

  const held = new Semaphore(clients[0] as Redis, "waiting rival", 1, { refreshInterval: 0, lockTimeout: 60_000 });
  await held.acquire();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const rivals = clients.slice(1).map((redis) => {
    const one = new Semaphore(redis, "waiting rival", 1, { refreshInterval: 0, acquireTimeout: 60_000 });
    return one.acquire(stop.signal).catch(() => {});
  });
  await sleep(500);
  const theirs = await commandsSent(admin, () => sleep(ms));
  stop.abort();
  await Promise.all(rivals);
  for (const client of clients) client.disconnect();
  const rate = (calls: number) => (calls / waiters / (ms / 1_000)).toFixed(2);
  handed.sort((a, b) => a - b);
  return [
    "| waiting for a slot that stays taken | commands a second per waiter |",
    "|---|--:|",
    `| llmctl/limiter, ${waiters} processes | ${rate(ours)} |`,
    `| redis-semaphore, ${waiters} processes | ${rate(theirs)} |`,
    "",
    `A released slot was held by the next of ${waiters} waiting processes after ${handed[Math.floor(handed.length / 2)]?.toFixed(1)} ms (median).`,
  ].join("\n");
}

/** The time from the last sign of a holder to the grant of its slot to another, with each contender's defaults. */
export async function measureCrash(port: number): Promise<string> {
  const redis = new Redis(port);
  const inner = redisStore(redis, { timeoutMs: 5_000 });
  const dead = () => Promise.reject(new Error("crashed"));
  const crashed: Store = { ...inner, renew: dead, release: dead, attach: () => async () => {} };
  const end = inner.attach({ warning() {}, reload() {} });
  const holder = createLimiter({ store: crashed });
  const next = createLimiter({ store: redisStore(redis, { timeoutMs: 5_000 }) });
  const since = performance.now();
  await holder.acquire("crash", 1);
  const ours = next.acquire("crash", 1, { waitMs: 60_000 }).then((got) => {
    if (got.status !== "granted") throw new Error(got.status);
    return performance.now() - since;
  });
  await new Semaphore(redis, "crash rival", 1, { refreshInterval: 0 }).acquire();
  const rival = new Semaphore(redis, "crash rival", 1, { refreshInterval: 0, acquireTimeout: 60_000 });
  const theirs = rival.acquire().then(() => performance.now() - since);
  const [a, b] = await Promise.all([ours, theirs]);
  await Promise.all([holder.close(), next.close()]);
  await end();
  redis.disconnect();
  return [
    "| a holder crashes right after it was last heard of | slot had by another after | a holder survives |",
    "|---|--:|---|",
    `| llmctl/limiter | ${(a / 1_000).toFixed(1)} s | two missed renewals |`,
    `| redis-semaphore | ${(b / 1_000).toFixed(1)} s | one late renewal at most (renews at 80 % of its 10 s) |`,
  ].join("\n");
}
