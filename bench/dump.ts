// `llmctl dump` of a million limiter keys beside a bare SCAN and what one would type: npm run build && node
// bench/run.mjs dump [keys]. Prints Markdown.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { startRedis } from "../src/lab/redis.js";
import { fillLimiterKeys } from "./dump-keys.js";

const KEYS = Number(process.argv[2] ?? 1_000_000);
const FORMATS = process.argv[3]?.split(",") ?? ["ndjson", "csv", "table", "json"];
/** Rounds of all formats, a bare SCAN before and after each run. */
const ROUNDS = Number(process.argv[4] ?? 1);
/** Keys that are read one by one; the time is scaled up. */
const TYPED = Math.min(KEYS, 50_000);
/** Keys that are read with a process for each. */
const BY_PROCESS = Math.min(KEYS, 1_000);
const SLOW_US = 5_000;
const program =
  process.env.LLMCTL_BENCH_PROGRAM ?? fileURLToPath(new URL("../../../../bin/llmctl.js", import.meta.url));

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly serverSeconds: number;
  /** Resident memory in MiB: in the middle of the run, and the most. */
  readonly middle: number;
  readonly most: number;
  readonly slow: number;
}

const server = await startRedis({ args: ["--slowlog-log-slower-than", `${SLOW_US}`, "--slowlog-max-len", "100000"] });
const admin = new Redis({ port: server.port, protocol: 2 });

/** CPU time of the server so far, in seconds. */
async function serverCpu(): Promise<number> {
  const info = await admin.info("cpu");
  return Number(/used_cpu_user:([\d.]+)/.exec(info)?.[1]) + Number(/used_cpu_sys:([\d.]+)/.exec(info)?.[1]);
}

/**
 * CPU time of one bare SCAN, ours and the server's together. On a quiet machine that is its wall time, because client
 * and server alternate.
 */
async function bareScanCpu(): Promise<number> {
  const before = process.cpuUsage();
  const server = await serverCpu();
  await bareScan();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 + (await serverCpu()) - server;
}

/** The floor: nothing but SCAN, by the same client with the same settings. */
async function bareScan(): Promise<number> {
  const since = performance.now();
  let cursor = "0";
  let seen = 0;
  do {
    const [next, names] = await admin.scan(cursor, "COUNT", 1000);
    seen += names.length;
    cursor = next;
  } while (cursor !== "0");
  if (seen < KEYS) throw new Error(`SCAN gave ${seen} of ${KEYS} keys`);
  return (performance.now() - since) / 1000;
}

async function dump(format: string): Promise<Run> {
  await admin.call("SLOWLOG", "RESET");
  const cpuBefore = await serverCpu();
  const since = performance.now();
  const args = [program, "dump", "--redis-url", server.url, "--output", format];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.resume();
  const sizes: number[] = [];
  let ticks = 0;
  const timer = setInterval(() => {
    try {
      sizes.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024);
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      ticks = Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  }, 100);
  const [status] = await once(child, "close");
  clearInterval(timer);
  if (status !== 0) throw new Error(`llmctl dump --output ${format} ended with ${status}`);
  const slow = Number(await admin.call("SLOWLOG", "LEN"));
  const seconds = (performance.now() - since) / 1000;
  const middle = sizes[Math.floor(sizes.length / 2)] ?? Number.NaN;
  const serverSeconds = (await serverCpu()) - cpuBefore;
  return {
    seconds,
    cpuSeconds: ticks / 100,
    serverSeconds,
    middle,
    most: Math.max(...sizes.filter((size) => size > 0)),
    slow,
  };
}

/** `redis-cli --scan`, then TYPE, PTTL and ZCARD of each key, as typed on a command line; the time for all keys. */
async function typed(keys: number, rest: (cli: string) => string): Promise<number> {
  const cli = `redis-cli -p ${server.port}`;
  const since = performance.now();
  const child = spawn("bash", ["-c", `${cli} --scan | head -${keys} | ${rest(cli)} > /dev/null`], { stdio: "ignore" });
  await once(child, "close");
  return ((performance.now() - since) / 1000) * (KEYS / keys);
}

const THREE = `sed 's/.*/TYPE "&"\\nPTTL "&"\\nZCARD "&"/'`;
const TYPED_WAYS = [
  {
    what: "`\\| redis-cli`: one connection, one question after another",
    keys: TYPED,
    rest: (cli: string) => `${THREE} | ${cli}`,
  },
  {
    what: "`\\| redis-cli --pipe`: all questions at once, the replies thrown away",
    keys: KEYS,
    rest: (cli: string) => `${THREE} | ${cli} --pipe`,
  },
  {
    what: "`\\| xargs`: a process for each question",
    keys: BY_PROCESS,
    rest: (cli: string) => `xargs -I '{}' sh -c '${cli} TYPE "{}"; ${cli} PTTL "{}"; ${cli} ZCARD "{}"'`,
  },
];

try {
  await fillLimiterKeys(admin, KEYS);
  await bareScan();
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${KEYS.toLocaleString("en")} limiter keys, Redis ${/redis_version:(\S+)/.exec(await admin.info("server"))?.[1]}, ` +
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load} at the start\n`,
  );
  console.log(
    "| what | wall | times the bare SCAN before and after | CPU of the client, of the server | memory in the middle, most | commands above 5 ms |",
  );
  console.log("|---|---:|---:|---:|---:|---:|");
  let before = await bareScan();
  for (const format of Array.from({ length: ROUNDS }, () => FORMATS).flat()) {
    const run = await dump(format);
    const after = await bareScan();
    const floor = (before + after) / 2;
    const memory = `${run.middle.toFixed(0)}, ${run.most.toFixed(0)} MiB`;
    console.log(
      `| \`llmctl dump --output ${format}\` | ${run.seconds.toFixed(1)} s | ${(run.seconds / floor).toFixed(2)} × ${floor.toFixed(1)} s | ${run.cpuSeconds.toFixed(1)} s, ${run.serverSeconds.toFixed(1)} s | ${memory} | ${run.slow} |`,
    );
    before = after;
  }
  console.log(`| the bare SCAN by itself: CPU of both | | | ${(await bareScanCpu()).toFixed(1)} s | | |`);
  for (const { what, keys, rest } of TYPED_WAYS) {
    before = await bareScan();
    const seconds = await typed(keys, rest);
    const floor = (before + (await bareScan())) / 2;
    const scaled = keys < KEYS ? `, from ${keys.toLocaleString("en")} keys` : "";
    console.log(
      `| \`redis-cli --scan\`, then TYPE, PTTL, ZCARD by ${what}${scaled} | ${seconds.toFixed(0)} s | ${(seconds / floor).toFixed(1)} × ${floor.toFixed(1)} s | | | |`,
    );
  }
  console.log(`\nLoad ${loadavg()[0]?.toFixed(1)} at the end.`);
} finally {
  admin.disconnect();
  await server.stop();
}
