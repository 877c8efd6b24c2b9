import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseRun, type RecordedRun } from "../../src/runs/reader.js";
import type { RunEnd, RunHeader } from "../../src/runs/schema.js";
import { verdictInput } from "../../src/runs/verdict-input.js";
import type { ProbeEvent } from "../../src/verdict/events.js";
import { judge } from "../../src/verdict/index.js";
import { call, reading, refused } from "./events.js";
import { NO_LOAD } from "./no-load.js";

export const KEY = "a".repeat(64);

export const header = (id: string, rest: Partial<RunHeader> = {}): RunHeader => ({
  kind: "run",
  schema: "llmctl.run/1",
  id,
  startedAt: "2026-11-23T09:00:00.000Z",
  target: {
    baseUrl: "http://gateway.internal:4000",
    endpoint: "/v1/messages",
    model: "claude-x",
    version: "1.79.1",
    key: KEY,
  },
  limit: { value: 3, source: "key-info" },
  plan: {
    ...NO_LOAD,
    ...{ sequence: 3, burst: 4, rounds: 1, stream: false, ending: "completed", maxTokens: 16 },
    ...{ maxLagMs: 2000, settleMs: 24_000, shared: false, exclusive: false, temporary: false },
  },
  redis: {
    address: "redis://cache.internal:6379/0",
    namespace: null,
    key: `{api_key:${KEY}}:max_parallel_requests`,
  },
  ...rest,
});

export const end = (of: RunHeader, events: readonly ProbeEvent[]): RunEnd => ({
  kind: "end",
  endedAt: "2026-11-23T09:01:00.000Z",
  durationMs: 60_000,
  stopped: null,
  overhead: null,
  limit: of.limit,
  shape: "slots",
  verdict: judge(verdictInput(of, null), events),
  proven: null,
});

/** Three calls that left a slot each, read by Redis to the end of the settle time. */
export const LEAK: readonly ProbeEvent[] = [
  reading(0),
  call(1, 10, 60),
  reading(70, ["s1"]),
  call(2, 80, 130),
  reading(140, ["s1", "s2"]),
  call(3, 150, 200),
  ...[210, 2200, 5200, 10_200, 16_200, 24_200].map((atMs) =>
    reading(atMs, ["s1", "s2", "s3"], { moment: atMs === 210 ? "calls" : "look" }),
  ),
];

/** Three calls, then four at once of which one was refused; all came back. */
export const HEALTHY: readonly ProbeEvent[] = [
  reading(0),
  ...[1, 2, 3].flatMap((n) => [call(n, 50 * n, 50 * n + 30), reading(50 * n + 35)]),
  ...[4, 5, 6].map((n) => call(n, 200, 300 + n, { phase: "burst", firstByteMs: 220, headersMs: 220 })),
  refused(7, 202, 215, { phase: "burst" }),
  reading(240, ["b1", "b2", "b3"]),
  reading(320),
];

const textOf = (of: RunHeader, events: readonly ProbeEvent[], closed = true): string =>
  [of, ...events, ...(closed ? [end(of, events)] : [])].map((one) => `${JSON.stringify(one)}\n`).join("");

export async function write(
  path: string,
  of: RunHeader,
  events: readonly ProbeEvent[],
  closed = true,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, textOf(of, events, closed));
  return path;
}

export function run(of: RunHeader, events: readonly ProbeEvent[], closed = true): RecordedRun {
  const parsed = parseRun(`${of.id}.ndjson`, textOf(of, events, closed));
  if (!parsed) throw new Error("the header does not parse");
  return parsed;
}
