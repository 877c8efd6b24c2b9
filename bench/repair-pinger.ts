// A client in its own process that sends PING every few milliseconds and measures each: the concurrent client of
// bench/repair.ts.
import { createHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

const EVERY_MS = 2;
const redis = new Redis({ port: Number(process.argv[2]), protocol: 2 });
const times = createHistogram();

/** Answers each message with the measurements since the last one. */
process.on("message", () => {
  const ms = (percentile: number) => times.percentile(percentile) / 1e6;
  process.send?.({ pings: times.count, p50: ms(50), p99: ms(99), max: times.max / 1e6 });
  times.reset();
});

await redis.ping();
for (let ended = false; !ended; ) {
  const since = process.hrtime.bigint();
  try {
    await redis.ping();
    times.record(process.hrtime.bigint() - since);
    await sleep(EVERY_MS);
  } catch {
    // The bench has stopped its server.
    ended = true;
  }
}
redis.disconnect();
