import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { run } from "../../src/probe/run.js";
import { type ProbeFlags, readWish } from "../../src/probe/wish.js";
import type { CallRecord, ProbeEvent } from "../../src/verdict/history.js";
import { judge, proofOf } from "../../src/verdict/index.js";
import type { Verdict } from "../../src/verdict/result.js";
import { FACTS } from "../verdict/story.js";
import { FLAGS } from "./flags.js";
import { starting } from "./starting.js";
import { VirtualClock } from "./virtual-clock.js";
import { World, type WorldOptions } from "./world.js";

export interface Lived {
  readonly verdict: Verdict;
  readonly proven: ReturnType<typeof proofOf>;
  readonly world: World;
  readonly calls: readonly CallRecord[];
}

/** The probe's own engine and judge on a made-up limiter. */
export async function live(options: WorldOptions, redis: boolean, flags: Partial<ProbeFlags> = {}): Promise<Lived> {
  const clock = new VirtualClock();
  const world = new World(clock, options);
  const known = { value: options.limit, source: "flag" as const };
  const wish = readWish({ ...FLAGS, maxTime: "10m", ...flags });
  const events: ProbeEvent[] = [];
  const { signal } = new AbortController();
  // As src/probe/conduct.ts does: every caller that waits listens to it.
  setMaxListeners(0, signal);
  const probing = { wish, known, consent: true, clock, origin: 0, signal, checkFirst: () => {} };
  const slots = redis ? world : null;
  await clock.run(
    run({ ...probing, start: starting(world.call), slots }, (event) => event.kind !== "note" && events.push(event)),
  );
  const { shared, exclusive } = wish;
  const ending = options.leaveMs === undefined ? FACTS.ending : `aborted after ${options.leaveMs} ms`;
  const facts = { ...FACTS, ending, known, shared, exclusive, bursts: !wish.sequential };
  const calls = events.filter((event) => event.kind === "call");
  return { verdict: judge(facts, events), proven: proofOf(facts, events), world, calls };
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
