// Our limiter beside its peers on one private Redis, all in one run: node bench/run.mjs limiter [--quick] [--only 64x512]. Prints Markdown.
import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis } from "../src/lab/redis.js";
import {
  bottleneck,
  type Contender,
  oursInMemory,
  oursOnRedis,
  pipelined,
  plain,
  semaphore,
} from "./limiter-contenders.js";
import { measureCrash, measureWaiting } from "./limiter-waiting.js";

const quick = process.argv.includes("--quick");
// Short rounds in turn, the best of many: other work on the machine then spoils a round, not a contender.
const seconds = 0.5;
const rounds = quick ? 2 : 15;
const only = process.argv.includes("--only") ? process.argv.at(process.argv.indexOf("--only") + 1) : undefined;

const everyone = [oursOnRedis, oursInMemory, plain, pipelined, semaphore, bottleneck];
const keyed = [oursOnRedis, plain, pipelined];
/** How many names, how many callers, and who takes part. */
const cases = [
  { names: 1, callers: 1, makers: everyone },
  { names: 1, callers: 8, makers: everyone },
  { names: 1, callers: 64, makers: everyone },
  { names: 1, callers: 512, makers: everyone },
  { names: 64, callers: 64, makers: keyed },
  { names: 64, callers: 512, makers: keyed },
  { names: 1_000, callers: 512, makers: keyed },
];

interface Figures {
  readonly pairs: number;
  readonly p50: number;
  readonly p99: number;
  /** Time in the commands sent, µs a pair. */
  readonly scriptUs: number;
  /** All of the server's CPU, µs a pair. */
  readonly cpuUs: number;
  /** All of this process's CPU, µs a pair. */
  readonly clientUs: number;
  readonly commands: number;
}

async function measure(contender: Contender, callers: number, admin: Redis): Promise<Figures> {
  const acquired: number[] = [];
  let pairs = 0;
  const load = async (until: number, keep: boolean) => {
    const calls = Array.from({ length: callers }, () => contender.caller());
    await Promise.all(
      calls.map(async (call) => {
        while (performance.now() < until) {
          const since = performance.now();
          await call(() => {
            if (keep) acquired.push(performance.now() - since);
          });
          if (keep) pairs++;
        }
      }),
    );
  };
  await load(performance.now() + 200, false);
  await admin.config("RESETSTAT");
  const cpuBefore = await cpuSeconds(admin);
  const clientBefore = process.cpuUsage();
  const since = performance.now();
  await load(since + seconds * 1_000, true);
  const took = performance.now() - since;
  const client = process.cpuUsage(clientBefore);
  const cpu = (await cpuSeconds(admin)) - cpuBefore;
  const stats = await admin.info("commandstats");
  let us = 0;
  let commands = 0;
  for (const [, name, calls, usec] of stats.matchAll(/cmdstat_(\w+):calls=(\d+),usec=(\d+)/g)) {
    if (!contender.commands.includes(name as string)) continue;
    commands += Number(calls);
    us += Number(usec);
  }
  acquired.sort((a, b) => a - b);
  const at = (part: number) => acquired[Math.floor((acquired.length - 1) * part)] ?? 0;
  return {
    pairs: (pairs / took) * 1_000,
    p50: at(0.5),
    p99: at(0.99),
    scriptUs: us / pairs,
    cpuUs: (cpu * 1e6) / pairs,
    clientUs: (client.user + client.system) / pairs,
    commands: commands / pairs,
  };
}

async function cpuSeconds(admin: Redis): Promise<number> {
  const info = await admin.info("cpu");
  const part = (name: string) => Number(info.match(new RegExp(`^${name}:([\\d.]+)`, "m"))?.[1] ?? 0);
  return part("used_cpu_user") + part("used_cpu_sys");
}

const server = await startRedis();
const admin = new Redis(server.port);
const version = (await admin.info("server")).match(/redis_version:(\S+)/)?.[1];
console.log(
  `Node ${process.version}, Redis ${version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${new Date().toISOString().slice(0, 10)}.`,
);
console.log(
  `One process, best of ${rounds} rounds of ${seconds} s each, contenders in turn. Load at the start: ${loadavg()[0]?.toFixed(1)}.\n`,
);
console.log(
  "| names | callers | limiter | pairs/s | against plain | acquire p50 ms | p99 ms | commands' time µs/pair | server CPU µs/pair | client CPU µs/pair | commands/pair |",
);
console.log("|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|");
for (const { names, callers, makers } of cases) {
  if (only !== undefined && only !== `${names}x${callers}`) continue;
  const best = new Map<string, Figures>();
  for (let round = 0; round < rounds; round++) {
    for (const make of makers) {
      const contender = make(server.port, names);
      const figures = await measure(contender, callers, admin);
      await contender.close();
      const before = best.get(contender.name);
      if (!before || figures.pairs > before.pairs) best.set(contender.name, figures);
    }
  }
  const base = [...best].find(([name]) => name.includes("(plain)"))?.[1].pairs ?? 1;
  for (const [name, f] of best) {
    const cells = [
      names,
      callers,
      name,
      Math.round(f.pairs),
      `${(f.pairs / base).toFixed(2)} ×`,
      f.p50.toFixed(2),
      f.p99.toFixed(2),
    ];
    const memory = name.includes("memory");
    const onServer = memory ? ["–", "–"] : [f.scriptUs.toFixed(1), f.cpuUs.toFixed(1)];
    console.log(
      `| ${[...cells, ...onServer, f.clientUs.toFixed(1), memory ? "–" : f.commands.toFixed(2)].join(" | ")} |`,
    );
  }
}
console.log(`\nLoad at the end: ${loadavg()[0]?.toFixed(1)}.`);
if (only === undefined) {
  console.log(`\n${await measureWaiting(server.port, admin, quick ? 2_000 : 5_000)}`);
  console.log(`\n${await measureCrash(server.port)}`);
}
await sleep(10);
admin.disconnect();
await server.stop();
