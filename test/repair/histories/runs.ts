import { describeRedis, parseRedisUrl } from "../../../src/config/redis-url.js";
import { runsDir } from "../../../src/runs/reader.js";
import type { RunEnd, RunHeader } from "../../../src/runs/schema.js";
import { Recorder } from "../../../src/runs/writer.js";
import { NO_LOAD } from "../../support/no-load.js";
import { provingEvents } from "../../support/proving-events.js";
import type { Hospital } from "./redis-server.js";

/** Writes the runs that saw slots or a rise left behind, as `llmctl probe` writes them. */
export async function recordRuns({ world, lane, stateDir }: Hospital): Promise<void> {
  const now = await world.now();
  const told = { value: null, source: "none" } as const;
  for (const [at, { name, owner, rise, provedSlots }] of world.keys.entries()) {
    if (rise === null && provedSlots.size === 0) continue;
    const header: RunHeader = {
      ...{ kind: "run", schema: "llmctl.run/1", id: `run-${at}`, startedAt: new Date(now).toISOString(), limit: told },
      target: { baseUrl: "http://127.0.0.1:1", endpoint: "/v1/messages", model: "m", version: null, key: owner },
      plan: {
        ...NO_LOAD,
        ...{ sequence: 3, burst: 3, rounds: 1, stream: false, ending: "completed", maxTokens: 16, maxLagMs: 2000 },
        ...{ settleMs: 24_000, shared: false, exclusive: false, temporary: false },
      },
      redis: { address: describeRedis(parseRedisUrl(lane.url, "url")), namespace: null, key: name },
    };
    const untilMs = now - (rise?.agoMs ?? 1_000);
    const end: RunEnd = {
      ...{
        kind: "end",
        endedAt: new Date(now).toISOString(),
        durationMs: 60_000,
        stopped: null,
        overhead: null,
        limit: told,
      },
      ...{ shape: rise ? "windowed" : "slots", verdict: { status: "finding", findings: [], doubts: [] } },
      proven: {
        ...{ key: name, fromMs: untilMs - 60_000, untilMs, stayedMs: 24_000 },
        members: [...provedSlots].map(([id, score]) => ({ id, score })),
        rise: rise && { from: rise.to - rise.by, to: rise.to, value: `${rise.to}`, ttlMs: rise.ttlMs },
      },
    };
    const recorder = await Recorder.open(runsDir(stateDir), header);
    // What a file says of itself is not believed: it proves what its calls and readings show.
    for (const event of end.proven ? provingEvents(end.proven) : []) recorder.write(event);
    await recorder.close(end);
  }
}
