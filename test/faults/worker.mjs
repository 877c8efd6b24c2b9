// A process that takes, holds and gives back slots, and writes down what it held, line by line, so that a SIGKILL loses nothing.
// argv: the built limiter, a JSON of { port, name, limit, callers, ttlMs, holdMs: [least, most], log }
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";

const [, , built, json] = process.argv;
const { createLimiter, redisStore } = await import(pathToFileURL(built).href);
const { port, name, limit, callers, ttlMs, holdMs, log } = JSON.parse(json);

// performance.now() starts with the process; the machine's monotonic clock is the same for all.
// Read together often enough, so that one reading was not interrupted.
let base = 0;
for (let i = 0, best = Infinity; i < 1_000; i++) {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const mine = performance.now();
  const width = Number(process.hrtime.bigint()) / 1e6 - before;
  if (width >= best) continue;
  best = width;
  base = before + width / 2 - mine;
}
const write = (line) => appendFileSync(log, `${JSON.stringify(line)}\n`);

const limiter = createLimiter({ store: redisStore(new Redis(port, "127.0.0.1"), { timeoutMs: 500 }), ttlMs });
const mine = new Map();
limiter.on("lost", (lease) => write({ lost: lease.id }));

let stopping = false;
const call = async () => {
  while (!stopping) {
    const got = await limiter.acquire(name, limit);
    if (got.status !== "granted") {
      await sleep(Math.random() * 10);
      continue;
    }
    const { lease } = got;
    write({ id: lease.id, from: base + performance.now() });
    mine.set(lease.id, lease);
    const until = performance.now() + holdMs[0] + Math.random() * (holdMs[1] - holdMs[0]);
    while (performance.now() < until && !stopping && !lease.signal.aborted) await sleep(5);
    write({ id: lease.id, to: base + Math.min(performance.now(), lease.localDeadline) });
    mine.delete(lease.id);
    void lease.release();
  }
};

// The first line that runs after a pause: what does held() say?
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - last > 100) write({ pause: now - last, held: [...mine.values()].map((lease) => lease.held()) });
  last = now;
}, 1);

process.on("message", async ({ block, stop }) => {
  if (block) {
    const until = performance.now() + block;
    while (performance.now() < until);
  }
  if (stop) {
    stopping = true;
    await Promise.all(running);
    await limiter.close();
    process.exit(0);
  }
});
const running = Array.from({ length: callers }, call);
process.send?.("up");
