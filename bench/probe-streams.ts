// Many streams held open by the probe at once, each recorded when it ends, in its own process: see bench/probe.ts.
// Prints one line of JSON.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/config/clock.js";
import { endpoints } from "../src/llm/endpoints/index.js";
import { makeCall } from "../src/llm/http-call.js";
import { Recorder } from "../src/runs/writer.js";
import { endOf, headerOf } from "./probe-run.js";

const [count = 1000, holdSeconds = 20] = process.argv.slice(2).map(Number);
/** Connections opened at once: more would overflow the server's queue. */
const BATCH = 500;
/** Ten thousand events a second, however many streams share them. */
const everyMs = count / 10;

const server = fork(fileURLToPath(new URL("probe-server.js", import.meta.url)));
const [{ port }] = (await once(server, "message")) as [{ port: number }];
const baseUrl = `http://127.0.0.1:${port}`;
const dir = await mkdtemp(join(tmpdir(), "llmctl-bench-"));
const recorder = await Recorder.open(dir, headerOf(baseUrl));
const { signal } = new AbortController();
const origin = systemClock.monotonic();
const body = endpoints.chat.body({ model: "bench", prompt: "hello", maxTokens: 16, stream: true });
const limits = { connectMs: 60_000, firstByteMs: 600_000, totalMs: 600_000 };
const order = { baseUrl, endpoint: endpoints.chat, key: "sk-bench", body, abortAfter: null, limits };
let open = 0;
let ended = 0;
let failed = 0;
let events = 0;

async function stream(n: number): Promise<void> {
  open++;
  const call = await makeCall(order, { clock: systemClock, origin, signal });
  recorder.write({ kind: "call", n, round: 1, phase: "sequence", lookMs: 0, dueMs: null, ...call });
  ended++;
  if (call.ending !== "completed") failed++;
  events += call.events;
}

/** Resident bytes after garbage collection. */
async function resident(): Promise<number> {
  for (let at = 0; at < 3; at++) {
    globalThis.gc?.();
    await sleep(100);
  }
  return process.memoryUsage.rss();
}

async function openTo(target: number): Promise<Promise<void>[]> {
  const streams: Promise<void>[] = [];
  while (open < target) {
    const batch = Math.min(BATCH, target - open);
    for (let at = 0; at < batch; at++) streams.push(stream(open + 1));
    await sleep(100);
  }
  return streams;
}

// The memory of the code itself is allocated after some streams.
const first = await openTo(100);
await sleep(500);
server.send({ end: true });
await Promise.all(first);
open = 0;
ended = 0;
const idle = await resident();
const streams = await openTo(count);
server.send({ everyMs });
await sleep((holdSeconds * 1000) / 4);
const early = await resident();
await sleep((holdSeconds * 1000 * 3) / 4);
const late = await resident();
if (ended > 0) throw new Error(`${ended} of ${count} streams ended too early`);
server.send({ end: true });
await Promise.all(streams);
const after = await resident();
await recorder.close(endOf((performance.now() - origin) / 1000));
await rm(dir, { recursive: true });
server.disconnect();
console.log(JSON.stringify({ count, idle, early, late, after, failed, events: events / count }));
