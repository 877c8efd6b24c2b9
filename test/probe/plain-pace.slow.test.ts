import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProbeOptions } from "../../src/probe/options.js";
import type { Verdict } from "../../src/verdict/result.js";
import { doubtIds, short } from "../support/events.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { FLAGS } from "./flags.js";
import { type Door, placesDoor, rateDoor, Silent } from "./plain-limits.js";
import { runInVirtualTime } from "./run-in-virtual-time.js";

interface Asked {
  limit: number;
  callMs: readonly number[];
  settle?: string;
  rounds?: string;
}

/** The probe's own engine and judge on a server that refuses without a word. */
async function live(door: Door, asked: Asked): Promise<{ verdict: Verdict; most: number }> {
  const { limit, callMs, ...flags } = asked;
  const clock = new VirtualClock();
  const server = new Silent(clock, door, callMs);
  const known = { value: limit, source: "flag" as const };
  const options = parseProbeOptions({ ...FLAGS, maxTime: "1h", ...flags });
  const ran = await runInVirtualTime({ clock, options, call: server.call, known, litellm: false });
  return { verdict: ran.document.verdict, most: server.most };
}

const runs = { numRuns: Number(process.env.LLMCTL_RUNS ?? 400) };
const limit = fc.integer({ min: 1, max: 8 });
const callMs = fc.array(fc.integer({ min: 5, max: 3000 }), { minLength: 1, maxLength: 4 });
const settle = fc.constantFrom("24s", "70s", "4m");
const rounds = fc.constantFrom("1", "3");
const rate = fc.record({
  kind: fc.constantFrom("fixed" as const, "sliding" as const, "bucket" as const),
  number: fc.integer({ min: 1, max: 24 }),
  windowMs: fc.oneof(fc.integer({ min: 50, max: 60_000 }), fc.constantFrom(1000, 10_000, 60_000)),
  countsRefused: fc.boolean(),
  phaseMs: fc.integer({ min: 0, max: 49 }),
});

describe("where refusals name no limit, the probe", () => {
  it("never takes a limit of requests over time for slots that were lost, late or refused wrongly", async () => {
    await fc.assert(
      fc.asyncProperty(rate, limit, callMs, settle, rounds, async (options, most, times, until, again) => {
        const lived = await live(rateDoor(options), { limit: most, callMs: times, settle: until, rounds: again });
        // More calls at once than were said to be allowed are just that, whatever else the server counts.
        const kinds = lived.verdict.findings.map(({ kind }) => kind).filter((kind) => kind !== "over-admission");
        expect(lived.verdict.status === "finding" ? kinds : []).toEqual([]);
        if (lived.verdict.status === "healthy") expect(lived.most).toBeLessThanOrEqual(most);
      }),
      runs,
    );
  });

  it("calls an exact limit of calls in flight healthy", async () => {
    await fc.assert(
      fc.asyncProperty(limit, fc.integer({ min: 20, max: 3000 }), rounds, async (most, each, again) => {
        const lived = await live(placesDoor({ limit: most, leakEvery: 0 }), {
          limit: most,
          callMs: [each],
          rounds: again,
        });
        expect(short(lived.verdict)).toBe("healthy");
      }),
      runs,
    );
  });

  it("never calls a limit healthy that lost a place to the first calls", async () => {
    const leaks = fc.tuple(limit, fc.integer({ min: 1, max: 3 }), callMs, settle);
    await fc.assert(
      fc.asyncProperty(leaks, async ([most, leakEvery, times, until]) => {
        fc.pre(leakEvery <= most + 1);
        const lived = await live(placesDoor({ limit: most, leakEvery }), { limit: most, callMs: times, settle: until });
        expect(lived.verdict.status).not.toBe("healthy");
      }),
      runs,
    );
  });

  it("proves by a longer wait that places were lost, for no limit of a minute holds so long", async () => {
    await fc.assert(
      fc.asyncProperty(limit, callMs, async (most, times) => {
        const leaky = () => placesDoor({ limit: most, leakEvery: 1 });
        const short24 = await live(leaky(), { limit: most, callMs: times });
        expect(short(short24.verdict)).toBe("inconclusive leak");
        expect(doubtIds(short24.verdict)).toContain("unnamed-refusal");
        const long = await live(leaky(), { limit: most, callMs: times, settle: "4m" });
        expect(short(long.verdict)).toBe("finding leak");
      }),
      runs,
    );
  });
});
