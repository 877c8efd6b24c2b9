// `llmctl doctor --fix` of 10,000 stuck keys and its undo, beside a client that PINGs: npm run build && node
// bench/run.mjs repair [keys]. Prints Markdown.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { startRedis } from "../src/lab/redis.js";

const KEYS = Number(process.argv[2] ?? 10_000);
/** As many again are healthy and must not change. */
const QUIET_MS = Number(process.argv[3] ?? 10_000);
const program =
  process.env.LLMCTL_BENCH_PROGRAM ?? fileURLToPath(new URL("../../../../bin/llmctl.js", import.meta.url));

/** Stuck: one to four slots of 20 minutes ago and, on every second key, one of a call in flight. Healthy: slots of the last seconds. */
const FILL = `
local now = tonumber(redis.call("TIME")[1])
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  for _, kind in ipairs({ "stuck", "healthy" }) do
    local hash = redis.sha1hex(kind .. i) .. string.sub(redis.sha1hex("x" .. i), 1, 24)
    local name = "{api_key:" .. hash .. "}:max_parallel_requests"
    for slot = 1, 1 + i % 4 do
      redis.call("ZADD", name, now - (kind == "stuck" and 1200 or 0) - slot, string.sub(redis.sha1hex(i .. ":" .. slot), 1, 32))
    end
    if kind == "stuck" and i % 2 == 0 then redis.call("ZADD", name, now, string.sub(redis.sha1hex("live" .. i), 1, 32)) end
    redis.call("EXPIRE", name, 3600)
  end
end`;

interface Pings {
  readonly pings: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const server = await startRedis();
const admin = new Redis({ port: server.port, protocol: 2 });
const stateHome = await mkdtemp(join(tmpdir(), "llmctl-bench-repair-"));
const pinger = fork(fileURLToPath(new URL("repair-pinger.js", import.meta.url)), [`${server.port}`]);

async function pingsSince(): Promise<Pings> {
  pinger.send("tell");
  const [told] = (await once(pinger, "message")) as [Pings];
  return told;
}

/** Runs the program. Returns its document, its duration, and its peak memory in MiB. */
async function run(words: readonly string[], exits: readonly number[]) {
  const since = performance.now();
  const args = [program, "doctor", ...words, "--redis-url", server.url, "--yes", "--json"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, XDG_STATE_HOME: stateHome },
  });
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  let most = 0;
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }, 100);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (!exits.includes(code))
    throw new Error(`llmctl doctor ${words.join(" ")} ended with ${code}: ${text.slice(0, 400)}`);
  const document = JSON.parse(text) as { repairs: { status: string }[]; backup: string };
  return { seconds: (performance.now() - since) / 1000, most, document };
}

/** All keys and their bytes. */
async function digest(): Promise<Map<string, string>> {
  const names = (await admin.keys("*")).filter((name) => !name.startsWith("llmctl:")).sort();
  const dumps = await Promise.all(names.map((name) => admin.dumpBuffer(name)));
  return new Map(names.map((name, at) => [name, dumps[at]?.toString("base64") ?? ""]));
}

const done = (repairs: readonly { status: string }[]) => repairs.filter(({ status }) => status === "done").length;

try {
  for (let from = 1; from <= KEYS; from += 500) await admin.eval(FILL, 0, from, Math.min(KEYS, from + 499));
  const before = await digest();
  const load = () => (loadavg()[0] ?? 0).toFixed(1);
  console.log(
    `${KEYS.toLocaleString("en")} stuck keys and as many healthy ones, Redis ${/redis_version:(\S+)/.exec(await admin.info("server"))?.[1]}, ` +
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load()} at the start\n`,
  );
  console.log(
    "| what | wall | keys a second | memory | PING p50 | PING p99 | of the quiet time before and after | longest |",
  );
  console.log("|---|---:|---:|---:|---:|---:|---:|---:|");
  const quiet = async (what: string) => {
    await pingsSince();
    await sleep(QUIET_MS);
    const told = await pingsSince();
    console.log(
      `| ${what} | ${(QUIET_MS / 1000).toFixed(0)} s | | | ${told.p50.toFixed(2)} ms | ${told.p99.toFixed(2)} ms | | ${told.max.toFixed(1)} ms |`,
    );
    return told;
  };
  const measured = async (what: string, words: readonly string[], exits: readonly number[]) => {
    await pingsSince();
    const result = await run(words, exits);
    return { what, ...result, told: await pingsSince() };
  };
  const say = ({ what, seconds, most, told }: Awaited<ReturnType<typeof measured>>, [a, b]: [Pings, Pings]) => {
    const ratio = told.p99 / ((a.p99 + b.p99) / 2);
    console.log(
      `| ${what} | ${seconds.toFixed(1)} s | ${Math.round(KEYS / seconds)} | ${most.toFixed(0)} MiB | ${told.p50.toFixed(2)} ms | ${told.p99.toFixed(2)} ms | ${ratio.toFixed(2)} × | ${told.max.toFixed(1)} ms |`,
    );
  };
  await sleep(1000);
  const first = await quiet("nobody else");
  const fix = await measured("`llmctl doctor --fix --older-than 15m --yes`", ["--fix", "--older-than", "15m"], [0]);
  const second = await quiet("nobody else");
  say(fix, [first, second]);
  const freed = await digest();
  const undo = await measured("`llmctl doctor undo`", ["undo"], [0]);
  const third = await quiet("nobody else");
  say(undo, [second, third]);
  const after = await digest();
  const changed = [...before].filter(([name, dump]) => after.get(name) !== dump).length;
  const untouched = [...before].filter(([name, dump]) => freed.get(name) === dump).length;
  const { size } = await stat(fix.document.backup);
  console.log(
    `\nRepaired ${done(fix.document.repairs)} of ${KEYS}; ${untouched} healthy keys untouched; backup of ${(size / 2 ** 20).toFixed(1)} MiB; ` +
      `put back ${done(undo.document.repairs)}, after which ${changed} keys are other than before. Load ${load()} at the end.`,
  );
} finally {
  pinger.kill();
  admin.disconnect();
  await server.stop();
  await rm(stateHome, { recursive: true, force: true });
}
