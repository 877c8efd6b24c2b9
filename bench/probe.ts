// The probe's calls beside autocannon's and wrk's, streams by the thousand, and what the probe adds: node bench/run.mjs probe [--quick]. Prints Markdown.
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/config/clock.js";
import { measureOverhead } from "../src/probe/overhead.js";
import { autocannon, type Contender, type Figures, measure, ours, recording, undici, wrk } from "./probe-contenders.js";

const quick = process.argv.includes("--quick");
const seconds = quick ? 2 : 4;
const rounds = quick ? 2 : 3;
const holdSeconds = quick ? 8 : 24;
const load = () => loadavg()[0]?.toFixed(1);
const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);
const kib = (bytes: number) => (bytes / 1024).toFixed(1);

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${new Date().toISOString().slice(0, 10)}, load ${load()} at the start.`,
);
const added = await measureOverhead(systemClock, new AbortController().signal);
console.log(
  added
    ? `\nThe probe adds ${added.p50Ms.toFixed(3)} ms to a call (p50), ${added.p99Ms.toFixed(3)} ms (p99).\n`
    : "\nWhat the probe adds could not be measured in its time: the machine is too busy.\n",
);
await compareRates();
await holdStreams();
console.log(`\nLoad at the end: ${load()}.`);

async function compareRates(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "llmctl-bench-"));
  const server = fork(fileURLToPath(new URL("probe-server.js", import.meta.url)));
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const kept = ours("llmctl, kept connections", "keep");
  const other = wrk(dir);
  const contenders = [
    autocannon,
    recording,
    undici,
    kept,
    ours("llmctl, a connection a call", "fresh"),
    ...(other ? [other] : []),
  ];
  console.log(
    `Best of ${rounds} rounds of ${seconds} s each, contenders in turn, each in a new process and after a warm-up.\n`,
  );
  console.log("| in flight | what | calls/s | beside autocannon | beside one that records | CPU µs/call |");
  console.log("|--:|---|--:|--:|--:|--:|");
  for (const callers of [1, 32, 256]) {
    const all = new Map<Contender, Figures[]>(contenders.map((one) => [one, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [contender, figures] of all) {
        figures.push(await measure(contender, `http://127.0.0.1:${port}`, callers, seconds));
      }
    }
    for (const [{ name }, figures] of all) {
      const best = Math.max(...figures.map(({ rate }) => rate));
      const ratios = [autocannon, recording].map((peer) => sayRatios(figures, all.get(peer) ?? []));
      const cpu = Math.min(...figures.map(({ cpuUs }) => cpuUs));
      console.log(`| ${[callers, name, Math.round(best), ...ratios, cpu.toFixed(1)].join(" | ")} |`);
    }
    if (!other) console.log(`| ${callers} | wrk | not run: it is not installed | | | |`);
  }
  server.disconnect();
  rmSync(dir, { recursive: true });
}

/** The ratio of the best rounds, and the median ratio of the rounds. */
function sayRatios(figures: readonly Figures[], peer: readonly Figures[]): string {
  const best = (of: readonly Figures[]) => Math.max(...of.map(({ rate }) => rate));
  const rounds = figures.map(({ rate }, at) => rate / (peer[at]?.rate ?? Number.NaN)).sort((a, b) => a - b);
  return `${(best(figures) / best(peer)).toFixed(2)} ×, ${rounds[rounds.length >> 1]?.toFixed(2)} ×`;
}

async function holdStreams(): Promise<void> {
  console.log(`\n| streams | idle | after ${holdSeconds / 4} s | after ${holdSeconds} s | a stream | events each |`);
  console.log("|--:|--:|--:|--:|--:|--:|");
  for (const count of [1_000, 5_000, 10_000]) {
    const why = whyNot(count);
    if (why !== undefined) {
      console.log(`| ${count} | not run: ${why} | | | | |`);
      continue;
    }
    const program = fileURLToPath(new URL("probe-streams.js", import.meta.url));
    const args = ["--expose-gc", program, `${count}`, `${holdSeconds}`];
    const child = spawnSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    if (child.status !== 0) throw new Error(`${count} streams ended with ${child.status}`);
    const { idle, early, late, failed, events } = JSON.parse(child.stdout);
    if (failed > 0) throw new Error(`${failed} of ${count} streams did not complete`);
    const each = `${kib((early - idle) / count)}, then ${kib((late - idle) / count)} KiB`;
    console.log(
      `| ${count} | ${mib(idle)} MiB | ${mib(early)} MiB | ${mib(late)} MiB | ${each} | ${events.toFixed(0)} |`,
    );
  }
}

/** The limit that is too low for this many connections, and what to type. */
function whyNot(count: number): string | undefined {
  const needed = count + 200;
  const files = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout.trim();
  if (files !== "unlimited" && Number(files) < needed)
    return `open files are limited to ${files}; type \`ulimit -n ${needed}\` first`;
  try {
    const [from = 0, to = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
    if (to - from < needed)
      return `there are ${to - from} ports to call from; type \`sysctl -w net.ipv4.ip_local_port_range="15000 60999"\` first`;
  } catch (error) {
    // Only Linux has this file.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return undefined;
}
