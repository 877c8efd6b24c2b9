import { describe, expect, it } from "vitest";
import { parseProbeOptions } from "../../src/probe/options.js";
import { maxCalls } from "../../src/probe/plan.js";
import type { CallRecord } from "../../src/verdict/events.js";
import { short } from "../support/events.js";
import { FLAGS } from "./flags.js";
import { CALM, live } from "./live.js";

const WORLD = { ...CALM, limit: 3, callMs: [900], shape: "zset" as const };

/** How long each look came after the last call that had been let in, in seconds. */
function waits(calls: readonly CallRecord[]): number[] {
  const looks = calls.filter(({ phase }) => phase === "look");
  const first = looks.filter(({ lookMs }, at) => lookMs !== looks[at - 1]?.lookMs);
  return first.map(({ sentMs }) => {
    const before = calls.filter((call) => call.ending === "completed" && call.endedMs <= sentMs);
    return Math.round((sentMs - (before.at(-1)?.endedMs ?? 0)) / 1000);
  });
}

describe("looks by calls alone", () => {
  it("go on until the slots of their own calls have had the settle time, where some were let in", async () => {
    const { verdict, calls, world } = await live({ ...WORLD, before: 1 }, false);
    expect(world.truth.leaked).toBe(0);
    expect(waits(calls)).toEqual([2, 2, 4, 5, 7, 24]);
    expect(short(verdict)).toBe("finding leak");
  });

  it("end with the settle time where nobody was let in", async () => {
    const { verdict, calls } = await live({ ...WORLD, leakEvery: 1 }, false);
    expect(waits(calls)).toEqual([2, 5, 10, 16, 24]);
    expect(short(verdict)).toBe("finding leak");
  });

  it("end with all the room at once, for a call that asked before would itself stand in the way of them", async () => {
    const { verdict } = await live({ ...WORLD, lagMs: 15_000 }, false);
    expect(short(verdict)).toBe("finding slow-release");
    expect(verdict.findings[0]?.proof).toMatch(
      /^slots came back between 10\.\d s and 24\.\d s after our calls had ended/,
    );
  });

  it("cost no more than was said, where each of them finds its own call in the way", async () => {
    const { calls } = await live({ ...WORLD, limit: 1, lagMs: 2900 }, false);
    const { rechecks } = maxCalls(parseProbeOptions(FLAGS), { sequence: 2, burst: 2 });
    expect(waits(calls)).toHaveLength(6);
    const sent = calls.filter(({ phase }) => phase === "look").length;
    expect(sent).toBeGreaterThan(12);
    expect(sent).toBeLessThanOrEqual(rechecks);
  });

  it("find slots late that each look before found missing", async () => {
    const lagMs = 9000;
    const { verdict, calls } = await live({ ...WORLD, lagMs }, false, { rate: "2/s", for: "1s" });
    expect(waits(calls).at(-1)).toBe(24);
    expect(short(verdict)).toBe("finding slow-release");
  });
});
