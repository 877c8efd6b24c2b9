// Calls as the probe makes them, each recorded to a run file, in a process of its own: see bench/probe.ts. Prints one line of JSON.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/config/clock.js";
import { makeCall } from "../src/probe/call.js";
import { Connections } from "../src/probe/connections.js";
import { endpoints } from "../src/probe/endpoints/index.js";
import { Recorder } from "../src/probe/record.js";
import type { CallRecord } from "../src/verdict/history.js";
import { endOf, headerOf } from "./probe-run.js";

const [baseUrl = "", callers = "1", seconds = "1", warmSeconds = "0", keep = "keep"] = process.argv.slice(2);
const connections = keep === "keep" ? new Connections() : undefined;
const body = endpoints.chat.body({ model: "bench", prompt: "hello", maxTokens: 16, stream: false });
const limits = { connectMs: 10_000, firstByteMs: 60_000, totalMs: 120_000 };
const order = { baseUrl, endpoint: endpoints.chat, key: "sk-bench", body, leave: null, limits };
const dir = await mkdtemp(join(tmpdir(), "llmctl-bench-"));
const recorder = await Recorder.open(dir, headerOf(baseUrl));
const { signal } = new AbortController();
const origin = systemClock.monotonic();
const from = origin + Number(warmSeconds) * 1000;
const until = from + Number(seconds) * 1000;
const around = { clock: systemClock, origin, signal, connections };
let n = 0;
let failed = 0;
/** Of those that ended after the warm-up. */
let calls = 0;

async function caller(): Promise<void> {
  while (performance.now() < until) {
    await recorder.ready();
    const result = await makeCall(order, around);
    const call: CallRecord = { kind: "call", n: ++n, round: 1, phase: "load", lookMs: 0, dueMs: null, ...result };
    recorder.write(call);
    if (result.ending !== "completed") failed++;
    if (performance.now() >= from) calls++;
  }
}

await Promise.all(Array.from({ length: Number(callers) }, caller));
const took = (performance.now() - from) / 1000;
await recorder.close(endOf(took));
await connections?.close();
await rm(dir, { recursive: true });
console.log(JSON.stringify({ calls, failed, seconds: took, all: n }));
