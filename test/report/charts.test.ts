import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeScale } from "../../src/report/charts/breaks.js";
import { assignLanes, openOver, type Span } from "../../src/report/charts/lanes.js";
import { createBins, latencyChart } from "../../src/report/charts/latency.js";
import { percentileChart } from "../../src/report/charts/percentiles.js";
import { timeline } from "../../src/report/charts/timeline.js";
import { call, refused } from "../support/events.js";

const spans = fc.array(
  fc.tuple(fc.nat(100_000), fc.nat(3000)).map(([fromMs, long]): Span => ({ fromMs, toMs: fromMs + long })),
  { maxLength: 60 },
);
const overlap = (a: Span, b: Span) => a.fromMs < b.toMs && b.fromMs < a.toMs;

describe("the lanes of the timeline", () => {
  it("never put two calls that overlapped into one, and are as few as that allows", () => {
    fc.assert(
      fc.property(spans, (all) => {
        const lanes = assignLanes(all);
        for (const [a, one] of all.entries())
          for (const [b, other] of all.entries())
            if (a !== b && lanes[a] === lanes[b]) expect(overlap(one, other)).toBe(false);
        const long = all.filter(({ fromMs, toMs }) => toMs > fromMs);
        const most = Math.max(0, ...openOver(long).map(([, open]) => open));
        expect(new Set(assignLanes(long)).size).toBe(most);
      }),
    );
  });

  it("count how many are open: none in the end, never fewer than none", () => {
    fc.assert(
      fc.property(spans, (all) => {
        const steps = openOver(all);
        for (const [, open] of steps) expect(open).toBeGreaterThanOrEqual(0);
        if (all.length > 0) expect(steps.at(-1)?.[1]).toBe(0);
        expect(new Set(steps.map(([at]) => at)).size).toBe(steps.length);
      }),
    );
  });
});

describe("the time axis", () => {
  it("leaves out idle time only, in order, and shows everything else", () => {
    fc.assert(
      fc.property(spans, (all) => {
        const { minMs, maxMs, breaks } = timeScale(all);
        for (const span of all) {
          expect(span.fromMs).toBeGreaterThanOrEqual(minMs);
          expect(span.toMs).toBeLessThanOrEqual(maxMs);
          for (const gap of breaks) expect(overlap(span, gap)).toBe(false);
        }
        for (const [at, gap] of breaks.entries()) {
          expect(gap.toMs).toBeGreaterThan(gap.fromMs);
          expect(gap.fromMs).toBeGreaterThan(breaks[at - 1]?.toMs ?? minMs);
        }
      }),
    );
  });

  it("leaves out the wait before a late look, and no pause between calls", () => {
    const calls = [0, 60, 120, 180].map((fromMs) => ({ fromMs, toMs: fromMs + 50 }));
    expect(timeScale(calls).breaks).toEqual([]);
    const [gap, ...more] = timeScale([...calls, { fromMs: 24_000, toMs: 24_050 }]).breaks;
    expect(more).toEqual([]);
    expect(gap?.fromMs).toBeLessThan(250);
    expect(gap?.toMs).toBeGreaterThan(23_900);
  });
});

describe("the latency chart", () => {
  it("counts every call once, in a step that holds its time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (times) => {
          const calls = times.map((ms, at) => (at % 3 === 0 ? refused(at + 1, 5, 5 + ms) : call(at + 1, 5, 5 + ms)));
          const bins = createBins(calls);
          const total = bins.reduce((sum, { counts }) => sum + counts.answered + counts.refused, 0);
          expect(total).toBe(times.length);
          for (const [at, bin] of bins.entries()) expect(bin.toMs).toBe(bins[at + 1]?.fromMs ?? bin.toMs);
        },
      ),
    );
  });

  it("says in words what it shows", () => {
    const calls = [call(1, 0, 10), call(2, 0, 20), call(3, 0, 90), refused(4, 0, 5)];
    expect(latencyChart("l", "t", calls).words).toBe(
      "3 answered: 10 ms to 90 ms, half of them within 20 ms. 1 refused by the limiter: 5 ms to 5 ms, half of them within 5 ms.",
    );
  });
});

it("the timeline says in words who overlapped and what Redis held", () => {
  const calls = [call(1, 0, 100), call(2, 50, 150), refused(3, 60, 70)];
  const { words, legend } = timeline({ id: "t", title: "t", calls, readings: [], limit: 2 });
  expect(words).toBe(
    "3 calls within 150 ms: 2 answered, 1 refused by the limiter. At most 2 that were not refused were in flight at once; the limit is 2. Redis was not read.",
  );
  expect(legend.map(({ mark }) => mark)).toEqual(["answered", "refused", "flight", "limit"]);
});

describe("the chart of percentiles", () => {
  const some = (count: number, rest: (at: number) => object = () => ({})) =>
    Array.from({ length: count }, (_, at) => call(at + 1, at * 10, at * 10 + at + 1, rest(at)));
  const seriesOf = (calls: ReturnType<typeof some>) =>
    [percentileChart("p", calls)?.draw(900).option.series ?? []].flat() as unknown as { data: [number, number][] }[];

  it("goes from the quickest call to the slowest, each at the share that was as quick or quicker", () => {
    const [{ data } = { data: [] }] = seriesOf(some(1000));
    expect(data[0]).toEqual([1, 1]);
    expect(data.at(-1)).toEqual([1000, 1000]);
    for (const [oneIn, ms] of data) expect(ms).toBeCloseTo(1000 - 1000 / oneIn + 1, 6);
    expect(data.length).toBeLessThan(200);
  });

  it("shows what was due beside what was sent, and says both in words", () => {
    const chart = percentileChart(
      "p",
      some(100, (at) => ({ dueMs: at * 10 - 50 })),
    );
    expect(chart?.legend.map(({ mark }) => mark)).toEqual(["whole", "due"]);
    expect(chart?.words).toContain("half within 50 ms");
    expect(chart?.words).toContain("99 of a hundred within 149 ms");
  });

  it("leaves out a warm-up, and is not drawn of a few calls", () => {
    expect(percentileChart("p", some(19))).toBeUndefined();
    expect(
      percentileChart(
        "p",
        some(60, (at) => (at < 45 ? { phase: "warm-up" } : {})),
      ),
    ).toBeUndefined();
  });
});
