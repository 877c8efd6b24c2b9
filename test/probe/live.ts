import fc from "fast-check";
import { type ProbeFlags, parseProbeOptions } from "../../src/probe/options.js";
import type { CallRecord } from "../../src/verdict/events.js";
import type { Proven } from "../../src/verdict/findings/proven.js";
import type { Verdict } from "../../src/verdict/result.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { World, type WorldOptions } from "./fake-limiter.js";
import { FLAGS } from "./flags.js";
import { runInVirtualTime } from "./run-in-virtual-time.js";

export interface Lived {
  readonly verdict: Verdict;
  readonly proven: Proven | null;
  readonly world: World;
  readonly calls: readonly CallRecord[];
}

/** The probe's own engine and judge on a made-up limiter. */
export async function live(
  worldOptions: WorldOptions,
  redis: boolean,
  flags: Partial<ProbeFlags> = {},
): Promise<Lived> {
  const clock = new VirtualClock();
  const world = new World(clock, worldOptions);
  const left = worldOptions.leaveMs === undefined ? {} : { abortAfter: `${worldOptions.leaveMs}ms` };
  const options = parseProbeOptions({ ...FLAGS, ...left, maxTime: "10m", ...flags });
  const known = { value: worldOptions.limit, source: "flag" as const };
  const ran = await runInVirtualTime({ clock, options, call: world.call, slots: redis ? world : null, known });
  return { verdict: ran.document.verdict, proven: ran.end.proven, world, calls: ran.calls };
}

export const kinds = ({ verdict }: Lived) => verdict.findings.map(({ kind }) => kind);
export const doubts = ({ verdict }: Lived) => verdict.doubts.map(({ id }) => id);

/** A limiter that does as it should. */
export const CALM = { leakEvery: 0, excess: 0, refuseEvery: 0, others: [], lagMs: 0 };

/** Mostly small: every call is time, and what goes wrong at 50 goes wrong at 12. */
const limit = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 13, max: 50 }) },
);

export const limiter = fc.record({
  limit,
  callMs: fc.array(fc.integer({ min: 5, max: 3000 }), { minLength: 1, maxLength: 5 }),
  shape: fc.constantFrom("zset" as const, "string" as const),
});

/** Calls of somebody else on the key. */
export const someone = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 30_000 }), forMs: fc.integer({ min: 10, max: 60_000 }) }),
  { minLength: 1, maxLength: 30 },
);

type Someone = readonly { readonly atMs: number; readonly forMs: number }[];

/**
 * Others have all slots from before our first call to beyond the last look. A lock looks the same, for as long as a probe looks: it says "leak", and
 * that the key was full before.
 */
export const fillsAllTheTime = (others: Someone, limit: number): boolean =>
  others.filter(({ atMs, forMs }) => atMs <= 100 && atMs + forMs >= 24_000).length >= limit;

/** By a schedule or by callers, below what the limiter can take and far above it. */
export const load: fc.Arbitrary<Partial<ProbeFlags>> = fc.oneof(
  fc.record({ rate: fc.integer({ min: 2, max: 80 }).map((perS) => `${perS}/s`), for: fc.constantFrom("1s", "3s") }),
  fc.record({
    callers: fc.integer({ min: 1, max: 30 }).map(String),
    for: fc.constantFrom("1s", "3s"),
    pause: fc.constantFrom("0ms", "20ms", "250ms"),
    n: fc.constantFrom("40", "150"),
  }),
);

/** How often a property is tried; `LLMCTL_RUNS=5000` for a long look. Fast-check prints the seed of a failure. */
export const runs = (few: number) => ({ numRuns: Number(process.env.LLMCTL_RUNS ?? few) });
