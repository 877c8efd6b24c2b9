import { describe, expect, it } from "vitest";
import { usageError } from "../../src/errors.js";
import { probeDocument } from "../../src/output/documents/probe.js";
import { type ProbeFlags, parseProbeOptions } from "../../src/probe/options.js";
import { doubtIds } from "../support/events.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { World } from "./fake-limiter.js";
import { FLAGS } from "./flags.js";
import { CALM } from "./live.js";
import { runInVirtualTime, type VirtualRun } from "./run-in-virtual-time.js";

const given = (flags: Partial<ProbeFlags> = {}, callMs = 100, more: Partial<VirtualRun> = {}): VirtualRun => {
  const clock = new VirtualClock();
  const world = new World(clock, { ...CALM, limit: 3, callMs: [callMs], shape: "zset" });
  return { clock, options: parseProbeOptions({ ...FLAGS, ...flags }), call: world.call, slots: world, ...more };
};

describe("a run that a program starts", () => {
  it("returns the document, and gives each event to its reporter and its record in one order", async () => {
    const { document, events, recorded, end } = await runInVirtualTime(given());
    expect(probeDocument.parse(document)).toEqual(document);
    expect(document.verdict.status).toBe("healthy");
    expect(document.requests.sent).toBe(7);
    expect(recorded).toEqual(events);
    expect(end).toMatchObject({ stopped: null, verdict: document.verdict, limit: document.limit, shape: "slots" });
  });

  it("ends by its own clock when its time is over, and says so", async () => {
    const run = given({ maxTime: "60s", settle: "24s" }, 25_000);
    const { document, end, calls } = await runInVirtualTime(run);
    expect(calls).toHaveLength(3);
    expect(end.stopped).toBe("--max-time 60 s was over");
    expect(doubtIds(document.verdict)).toContain("cut-short");
    expect(document.durationMs).toBeLessThan(80_000);
  });

  it("ends when its signal is aborted, with what it saw", async () => {
    const control = new AbortController();
    const run = given({}, 1000, { signal: control.signal });
    run.clock.at(2500, () => control.abort("SIGTERM"));
    const { document, end } = await runInVirtualTime(run);
    expect(end.stopped).toBe("interrupted");
    expect(document.requests.sent).toBe(3);
    expect(document.verdict.status).toBe("inconclusive");
  });

  it("ends when more calls fail than --bail allows, and names the share", async () => {
    const run = given({ bail: "50%", n: "30", sequential: true });
    const failed = { ending: "failed" as const, status: 500, error: "no" };
    const call = async () => ({ ...(await run.call()), ...failed });
    const { calls, end } = await runInVirtualTime({ ...run, call });
    expect(calls.length).toBeLessThan(10);
    expect(end.stopped).toMatch(/calls failed, more than --bail 50% \(the last: no\)$/);
  });

  it("records the first call when it says that all others would fail the same way, and throws", async () => {
    const checkFirst = () => {
      throw usageError({ code: "model-not-found", message: "no such model", hint: "name another" });
    };
    const run = given({}, 100, { checkFirst });
    const ends: unknown[] = [];
    await expect(runInVirtualTime({ ...run, onEnd: (end) => ends.push(end) })).rejects.toMatchObject({
      code: "model-not-found",
    });
    expect(ends).toMatchObject([{ stopped: "no such model" }]);
  });
});
