import { runsDir } from "../../src/runs/reader.js";
import type { RunEnd, RunHeader } from "../../src/runs/schema.js";
import { Recorder } from "../../src/runs/writer.js";
import { counter, hash, type ServerFixture } from "./doctor-fixture.js";
import { NO_LOAD } from "./no-load.js";
import { provingEvents } from "./proving-events.js";

type Proven = NonNullable<RunEnd["proven"]>;

export interface RunParts {
  readonly id?: string;
  readonly limit?: number;
  /** Null: the run had no Redis. */
  readonly redis?: null;
  readonly address?: string;
  /** Null: it proved nothing. */
  readonly proven?: null;
  /** False: its file has an end that claims a proof, and no calls. */
  readonly calls?: false;
  /** It has no end. */
  readonly killed?: boolean;
}

/** Writes a run that proves this, as `llmctl probe` writes it; returns its path. */
export async function recordRun(
  fixture: ServerFixture,
  proven: Partial<Proven>,
  parts: RunParts = {},
): Promise<string> {
  const told = { value: parts.limit ?? 2, source: "flag" } as const;
  const address = parts.address ?? fixture.redis.address;
  const header: RunHeader = {
    kind: "run",
    schema: "llmctl.run/1",
    id: parts.id ?? "run-of-a-test",
    startedAt: "2026-11-23T09:00:00.000Z",
    target: { baseUrl: "http://127.0.0.1:1", endpoint: "/v1/messages", model: "m", version: "1.79.1", key: hash },
    limit: told,
    plan: {
      ...NO_LOAD,
      ...{ sequence: 3, burst: 3, rounds: 1, stream: false, ending: "completed", maxTokens: 16 },
      ...{ maxLagMs: 2000, settleMs: 24_000, shared: false, exclusive: false, temporary: false },
    },
    redis: parts.redis === null ? null : { address, namespace: null, key: counter },
  };
  const recorder = await Recorder.open(runsDir(fixture.stateDir), header);
  if (parts.killed) return recorder.path;
  const [seconds, micros] = (await fixture.redis.client.time()).map(Number) as [number, number];
  const untilMs = seconds * 1000 + Math.floor(micros / 1000);
  const whole = { key: counter, fromMs: untilMs - 60_000, untilMs, stayedMs: 24_000, members: [], rise: null };
  const said = parts.proven === null ? null : { ...whole, ...proven };
  for (const event of said === null || parts.calls === false ? [] : provingEvents(said)) recorder.write(event);
  await recorder.close({
    kind: "end",
    endedAt: "2026-11-23T09:01:00.000Z",
    durationMs: 60_000,
    stopped: null,
    overhead: null,
    limit: told,
    shape: "windowed",
    verdict: { status: parts.proven === null ? "healthy" : "finding", findings: [], doubts: [] },
    proven: said,
  });
  return recorder.path;
}

/** A number that rose and stayed, without expiry. */
export const rise = (from: number, to: number) => ({ rise: { from, to, value: `${to}`, ttlMs: -1 } });
