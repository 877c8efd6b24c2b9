import { describe, expect, it } from "vitest";
import { mergeRuns } from "../../src/runs/merge.js";
import type { RunHeader } from "../../src/runs/schema.js";
import type { ProbeEvent } from "../../src/verdict/events.js";
import { call, reading } from "../support/events.js";
import { header, KEY, LEAK, run } from "../support/run-records.js";

const shared = (id: string, rest: Partial<RunHeader> = {}): RunHeader => {
  const base = header(id, rest);
  return { ...base, plan: { ...base.plan, shared: true } };
};

/** Two calls at once that ran from `fromMs` for a second, with Redis's clock at `redisMs` when the run began. */
const pair = (fromMs: number, redisMs: number | null): ProbeEvent[] => [
  ...(redisMs === null ? [] : [reading(0, [], { timeMs: redisMs })]),
  ...[1, 2].map((n) =>
    call(n, fromMs, fromMs + 1000, { phase: "burst", headersMs: fromMs + 10, firstByteMs: fromMs + 10 }),
  ),
];
const noRedis = { redis: null };
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 9, 0, seconds)).toISOString();

describe("merged runs", () => {
  it("are one run, its calls numbered in the order of sending", () => {
    const later = { startedAt: at(2), ...noRedis };
    const merged = mergeRuns([
      run(shared("b", later), [call(1, 100, 200), call(2, 300, 400)]),
      run(shared("a", noRedis), [call(1, 50, 60), call(2, 2150, 2350)]),
    ]);
    const calls = merged.events.filter((event) => event.kind === "call");
    expect(calls.map(({ n, sentMs }) => [n, sentMs])).toEqual([
      [1, 50],
      [2, 2100],
      [3, 2150],
      [4, 2300],
    ]);
    expect(merged.document).toMatchObject({ id: "b+a", startedAt: at(0), requests: { sent: 4 } });
  });

  it("are set by Redis's clock where all read it, however wrong the machines' own are", () => {
    const wrong = shared("b", { startedAt: at(3599) });
    const merged = mergeRuns([run(shared("a"), pair(100, 5_000_000)), run(wrong, pair(100, 5_000_300))]);
    expect(merged.events.filter((event) => event.kind === "call").map(({ sentMs }) => sentMs)).toEqual([
      100, 100, 400, 400,
    ]);
    expect(merged.assumed[0]).toContain("Redis's clock");
    expect(merged.assumed.join(" ")).toContain("b 0.300 s");
    expect(merged.assumed.join(" ")).toContain("--shared is taken to mean these runs");
  });

  it("prove calls above the limit that no machine saw alone, by Redis's clock", () => {
    const { document } = mergeRuns([run(shared("a"), pair(100, 5_000_000)), run(shared("b"), pair(100, 5_000_200))]);
    expect(document.verdict.findings.map(({ kind }) => kind)).toContain("over-admission");
    expect(document.verdict.status).toBe("finding");
    expect(document.peak.admitted).toBe(4);
  });

  it("do not prove the same by the machines' own clocks, and say why", () => {
    const { document, assumed } = mergeRuns([
      run(shared("a", noRedis), pair(100, null)),
      run(shared("b", noRedis), pair(300, null)),
    ]);
    expect(document.verdict.status).toBe("inconclusive");
    expect(document.verdict.doubts).toContainEqual(expect.objectContaining({ id: "clocks", explains: true }));
    expect(assumed[0]).toContain("taken to agree");
  });

  it("keep by any clock what one machine saw by itself", () => {
    const four = [1, 2, 3, 4].map((n) => call(n, 100, 1100, { phase: "burst", headersMs: 110, firstByteMs: 110 }));
    const { document } = mergeRuns([run(shared("a", noRedis), four), run(shared("b", noRedis), pair(300, null))]);
    expect(document.verdict.status).toBe("finding");
    expect(document.verdict.doubts.map(({ id }) => id)).not.toContain("clocks");
  });

  it("count a look of one machine as a call while another is still at its plan", () => {
    const look = call(4, 2000, 2100, { phase: "look", lookMs: 2000 });
    const busy = [call(1, 0, 3000, { phase: "burst" })];
    const { events } = mergeRuns([run(shared("a", noRedis), [call(1, 0, 100), look]), run(shared("b", noRedis), busy)]);
    expect(events.filter((event) => event.kind === "call").map(({ phase, lookMs }) => [phase, lookMs])).toEqual([
      ["sequence", 0],
      ["burst", 0],
      ["burst", 0],
    ]);
  });

  it("find the leak that one of them left, with another's calls beside it", () => {
    const other = [reading(0), call(1, 20, 70)];
    const { document } = mergeRuns([run(shared("a"), LEAK), run(shared("b"), other)]);
    expect(document.verdict.findings.map(({ kind }) => kind)).toEqual(["leak"]);
    expect(document.slots?.leaked.map(({ id }) => id)).toEqual(["s1", "s2", "s3"]);
  });

  it.each([
    ["key", { target: { ...header("x").target, key: KEY.replace("a", "b") } }],
    ["endpoint", { target: { ...header("x").target, endpoint: "/v1/responses" } }],
  ])("are of one %s, else exit 2", (name, rest) => {
    expect(() => mergeRuns([run(header("a"), LEAK), run(header("b", rest), LEAK)])).toThrow(`more than one ${name}`);
  });

  it("called at the same time, else exit 2", () => {
    const later = header("b", { startedAt: at(59), ...noRedis });
    expect(() => mergeRuns([run(header("a", noRedis), [call(1, 0, 10)]), run(later, [call(1, 0, 10)])])).toThrow(
      "did not call at the same time",
    );
  });
});
