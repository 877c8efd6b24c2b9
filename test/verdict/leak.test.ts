import { describe, expect, it } from "vitest";
import {
  burst,
  call,
  counter,
  doubtIds,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  NEVER,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

describe("calls alone", () => {
  it("show a healthy limiter: all room in turn, and exactly the limit at once", () => {
    expect(verdictOf(HEALTHY)).toEqual({ status: "healthy", findings: [], doubts: [] });
  });

  it("prove a leak when the room never comes back in the settle time", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, NEVER)]);
    expect(short(verdict)).toBe("finding leak");
    const [finding] = verdict.findings;
    expect(finding).toMatchObject({ endpoint: "/v1/messages", ending: "completed" });
    expect(finding?.proof).toBe("3 of 3 slots never came back within 24.0 s after our last call");
    expect(finding?.evidence.map(({ calls }) => calls)).toEqual([[4], [5, 6, 7, 8, 9]]);
  });

  it("prove a leak of what is missing when some room is left", () => {
    const calls = [...HEALTHY.slice(0, 4), ...burstShort(2)];
    const verdict = verdictOf([...calls, ...looks(9, 3000, [2, 2, 2, 2, 2, 2])]);
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.proof).toContain("1 of 3 slots");
  });

  it("prove none while slots of the looks themselves may be late, as they are five seconds after each of these", () => {
    const calls = [...HEALTHY.slice(0, 4), ...burstShort(2), ...looks(9, 3000, [2, 2, 2, 2, 2])];
    expect(short(verdictOf(calls))).toBe("inconclusive");
    const back = [...HEALTHY.slice(0, 4), ...burstShort(2), ...looks(9, 3000, [2, 2, 2, 2, 2, 3])];
    expect(short(verdictOf(back))).toBe("finding slow-release");
    const last = (atMs: number) => refused(40, atMs, atMs + 20, { phase: "look", lookMs: 24_500 });
    expect(short(verdictOf([...calls, last(27_500 + 24_000 - 20)]))).toBe("finding leak");
    expect(short(verdictOf([...calls, last(27_500 + 24_000 - 21)]))).toBe("inconclusive");
  });

  it("prove no leak before the settle time is over", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, NEVER.slice(0, 4))]);
    expect(short(verdict)).toBe("inconclusive");
  });

  it("prove no leak when the room was growing at the end", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, ["refused", "refused", 1, 1, 2, 2])]);
    expect(short(verdict)).toBe("inconclusive");
    expect(doubtIds(verdict)).toContain("still-recovering");
    expect(doubtIds(verdict)).not.toContain("foreign-traffic");
  });

  it("see somebody else when the room rises and falls", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, ["refused", 2, "refused", 1, "refused"])]);
    expect(verdict.status).toBe("inconclusive");
    expect(doubtIds(verdict)).toContain("foreign-traffic");
  });

  it("prove none when some look was let through without any refusal", () => {
    const calls = [...HEALTHY.slice(0, 4), ...burstShort(2), ...looks(9, 3000, [2, 2, 2, 2, 2])];
    const lone = call(40, 20_000, 20_100, { phase: "look", lookMs: 16_000 });
    expect(short(verdictOf([...calls.filter(({ lookMs }) => lookMs !== 16_000), lone]))).toBe("inconclusive");
  });

  it("see nobody else when the room rose and fell and came back", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, [1, "refused", 3])]);
    expect(doubtIds(verdict)).not.toContain("foreign-traffic");
    expect(short(verdict)).toBe("finding slow-release");
  });

  it("take a call without answer for one that may have found room", () => {
    const open = call(7, 2500, 3000, { phase: "burst", ending: "timeout", status: null, firstByteMs: null });
    const verdict = verdictOf([
      ...HEALTHY.slice(0, 4),
      ...burst(5, 2500, 2, 0),
      open,
      refused(8, 2500, 2520, { phase: "burst" }),
    ]);
    expect(doubtIds(verdict)).toEqual(["unanswered"]);
  });

  it("count the calls of looks that leak in their turn", () => {
    const verdict = verdictOf([
      ...HEALTHY.slice(0, 4),
      ...burstShort(2),
      ...looks(9, 3000, [1, "refused", "refused", "refused", "refused", "refused"]),
    ]);
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.proof).toContain("3 of 3 slots");
  });
});

describe("slots in Redis", () => {
  const three = [1, 2, 3].map((n) => call(n, n * 100, n * 100 + 90));
  const seen = [reading(0), reading(150, ["a"]), reading(250, ["a", "b"]), reading(350, ["a", "b", "c"])];

  it("prove a leak by their ids when they stay to the end", () => {
    const verdict = verdictOf([...three, ...seen, reading(24_390, ["a", "b", "c"], { moment: "look" })]);
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.proof).toBe("3 slots of 3 admitted calls never came back within 24.0 s");
    expect(verdict.findings[0]?.evidence[0]?.slots).toEqual(["a", "b", "c"]);
  });

  it("prove none before the settle time is over, but for a timer that is early by a moment", () => {
    const until = (atMs: number) => verdictOf([...three, ...seen, reading(atMs, ["a", "b", "c"], { moment: "look" })]);
    expect(short(until(24_370))).toBe("finding leak");
    expect(until(24_369).findings).toEqual([]);
  });

  it("are ours whoever else uses the key, when only our calls can have made them", () => {
    const verdict = verdictOf([...three, ...seen, reading(24_390, ["a", "b", "c"], { moment: "look" })], {
      shared: true,
    });
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.doubts).toMatchObject([{ id: "shared", explains: false }]);
  });

  it("prove none when they go before it, only that they were late", () => {
    const late = [reading(5390, ["a", "b", "c"], { moment: "look" }), reading(10_390, [], { moment: "look" })];
    const calls = [...three, ...looks(4, 390, [3]).map((one) => ({ ...one, sentMs: 10_500, endedMs: 10_900 }))];
    expect(short(verdictOf([...calls, ...seen, ...late, reading(11_000)]))).toBe("finding slow-release");
  });

  it("prove a leak by a counter that rose and stood still", () => {
    const verdict = verdictOf([...three, reading(0), counter(350, 3), counter(24_390, 3, { moment: "look" })]);
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.evidence[0]?.text).toBe(
      "counter 0 before our first call, 3 at the end, without expiry",
    );
  });

  it("are no leak of ours when only refused calls raised the counter", () => {
    const verdict = verdictOf([
      refused(1, 100, 120),
      counter(0, 3),
      counter(150, 4),
      counter(24_200, 4, { moment: "look" }),
    ]);
    expect(verdict.findings[0]?.ending).toBe("before the probe");
  });
});

describe("a key that was full before our first call", () => {
  const first = [refused(1, 100, 120)];
  const alone = [...first, ...looks(2, 120, NEVER)];

  it("proves nothing by calls alone, and names doctor", () => {
    const verdict = verdictOf(alone);
    expect(short(verdict)).toBe("inconclusive leak");
    expect(verdict.doubts.find(({ id }) => id === "full-before")).toMatchObject({ explains: true });
    expect(verdict.doubts.find(({ id }) => id === "full-before")?.text).toContain("llmctl doctor");
  });

  it("is a leak when nobody else uses it", () => {
    const verdict = verdictOf(alone, { exclusive: true });
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.ending).toBe("before the probe");
  });

  it.each([
    ["slots that nothing moves", [reading(0, ["a", "b", "c"]), reading(24_200, ["a", "b", "c"], { moment: "look" })]],
    ["a counter that nothing moves", [counter(0, 3), counter(24_200, 3, { moment: "look" })]],
    ["a counter that only our own refusal moved", [counter(0, 3), counter(24_200, 4, { moment: "look" })]],
  ])("is a leak where Redis shows %s", (_what, readings) => {
    const verdict = verdictOf([...first, ...readings]);
    expect(short(verdict)).toBe("finding leak");
    expect(verdict.findings[0]?.ending).toBe("before the probe");
  });

  it.each([
    ["slots that change", [reading(0, ["a", "b", "c"]), reading(24_200, ["b", "c", "d"], { moment: "look" })]],
    ["a counter that moves", [counter(0, 3), counter(24_200, 6, { moment: "look" })]],
  ])("is no leak where Redis shows %s", (_what, readings) => {
    expect(short(verdictOf([...first, ...readings]))).toBe("inconclusive");
  });

  it("is a leak where Redis shows it full to the end, also when no burst was asked for", () => {
    const full = [counter(0, 3), counter(2100, 3, { moment: "look" }), counter(24_200, 3, { moment: "look" })];
    expect(short(verdictOf([...first, ...full], { bursts: false }))).toBe("finding leak");
  });

  it("is no leak when it was free a moment later", () => {
    const verdict = verdictOf([...first, ...looks(2, 120, [3])]);
    expect(verdict.findings).toEqual([]);
  });
});

const burstShort = (room: number) => {
  const calls = [5, 6, 7, 8].map((n, at) => (at < room ? call(n, 2500, 3000) : refused(n, 2500, 2520)));
  return calls.map((one) => ({ ...one, phase: "burst" as const }));
};
