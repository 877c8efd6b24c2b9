// A load as the probe sends it, each call recorded to a run file, in its own process: see bench/probe.ts. Prints one
// line of JSON.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/config/clock.js";
import { Connections } from "../src/llm/connection.js";
import { encodeRequest } from "../src/llm/encode-request.js";
import { endpoints } from "../src/llm/endpoints/index.js";
import { HttpCall } from "../src/llm/http-call.js";
import { executePlan } from "../src/probe/execute-plan.js";
import { parseProbeOptions } from "../src/probe/options.js";
import { Recorder } from "../src/runs/writer.js";
import type { CallRecord } from "../src/verdict/events.js";
import { endOf, headerOf } from "./probe-run.js";

const [baseUrl = "", callers = "1", seconds = "1", warmSeconds = "0", keep = "keep"] = process.argv.slice(2);
const options = parseProbeOptions({
  ...{ callers, for: `${seconds}s`, warmUp: `${warmSeconds}s`, sequential: true, n: "100000000" },
  ...{ rounds: "1", maxTokens: "16", maxLag: "2s", settle: "24s", maxTime: "5m" },
  ...{ connectTimeout: "10s", firstByteTimeout: "60s", callTimeout: "2m" },
});
const body = endpoints.chat.body({ model: "bench", prompt: "hello", maxTokens: 16, stream: false });
const order = { baseUrl, endpoint: endpoints.chat, key: "sk-bench", body, abortAfter: null, limits: options.limits };
const request = encodeRequest(order);
const connections = keep === "keep" ? new Connections() : undefined;
const dir = await mkdtemp(join(tmpdir(), "llmctl-bench-"));
const recorder = await Recorder.open(dir, headerOf(baseUrl));
const { signal } = new AbortController();
const clock = systemClock;
const origin = clock.monotonic();
let all = 0;
let calls = 0;
let failed = 0;
let fromMs = Number.POSITIVE_INFINITY;
let untilMs = 0;

function count({ phase, ending, sentMs, endedMs }: CallRecord): void {
  all++;
  if (ending !== "completed") failed++;
  if (phase !== "load") return;
  calls++;
  fromMs = Math.min(fromMs, sentMs);
  untilMs = Math.max(untilMs, endedMs);
}

await executePlan(
  {
    ...{ options, clock, origin, signal, consent: true, slots: null, checkFirst: () => {} },
    known: { value: 1_000_000, source: "flag" },
    startCall: (onEnd) => new HttpCall(request, { clock, origin, signal, connections }, onEnd).start(),
  },
  {
    note: () => {},
    event(event) {
      recorder.write(event);
      if (event.kind === "call") count(event);
    },
  },
);
await recorder.close(endOf((untilMs - fromMs) / 1000));
await connections?.close();
await rm(dir, { recursive: true });
console.log(JSON.stringify({ calls, failed, seconds: (untilMs - fromMs) / 1000, all }));
