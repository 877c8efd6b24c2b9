import { RUN_SCHEMA, type RunEnd, type RunHeader } from "../src/runs/schema.js";

/** The first line of a run file, as a probe without Redis writes it. */
export const headerOf = (baseUrl: string): RunHeader => ({
  kind: "run",
  schema: RUN_SCHEMA,
  id: "bench",
  startedAt: new Date().toISOString(),
  target: { baseUrl, endpoint: "/v1/chat/completions", model: "bench", version: "1.95.0", key: "0".repeat(64) },
  limit: { value: null, source: "none" },
  plan: {
    ...{ warmUp: 0, load: null, windowMs: null, keepAlive: false, bail: null },
    ...{ sequence: 0, burst: 0, rounds: 1, stream: false, ending: "completed", maxTokens: 16 },
    ...{ maxLagMs: 2000, settleMs: 24_000, shared: false, exclusive: false, temporary: false },
  },
  redis: null,
});

/** The last line of a run file. */
export const endOf = (seconds: number): RunEnd => ({
  kind: "end",
  endedAt: new Date().toISOString(),
  durationMs: Math.round(seconds * 1000),
  stopped: null,
  overhead: null,
  limit: { value: null, source: "none" },
  shape: null,
  verdict: { status: "healthy", findings: [], doubts: [] },
  proven: null,
});
