import { describe, expect, it } from "vitest";
import {
  burst,
  call,
  doubtIds,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

describe("slow release", () => {
  it.each([
    [["refused", 3] as const, "between 2.0 s and 5.0 s"],
    [["refused", "refused", 3] as const, "between 5.0 s and 10.0 s"],
    [["refused", "refused", "refused", "refused", 3] as const, "between 16.0 s and 24.0 s"],
  ])("is found with its interval when the room is back at look %j", (rooms, interval) => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, rooms)]);
    expect(short(verdict)).toBe("finding slow-release");
    expect(verdict.findings[0]?.proof).toContain(interval);
  });

  it("is only noted when the room is back at the first look", () => {
    const verdict = verdictOf([...LOCKED, ...looks(5, LOCKED_END, [3])]);
    expect(verdict.findings).toEqual([]);
    expect(doubtIds(verdict)).toContain("late-release");
    expect(verdict.status).toBe("healthy");
  });

  it("is told by single calls where no burst was asked for", () => {
    const scouts = (at: number[]) =>
      looks(5, LOCKED_END, ["refused", "refused", "refused"]).map((one, n) =>
        at.includes(n) ? call(one.n, one.sentMs, one.endedMs, { phase: "look", lookMs: one.lookMs }) : one,
      );
    expect(short(verdictOf([...LOCKED, ...scouts([2])], { bursts: false }))).toBe("finding slow-release");
    expect(short(verdictOf([...LOCKED, ...scouts([0]).slice(0, 1)], { bursts: false }))).toBe("healthy");
    expect(verdictOf([...LOCKED, ...scouts([2])]).status).toBe("inconclusive");
  });

  it("goes by the allowed lag", () => {
    const calls = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])];
    expect(short(verdictOf(calls, { maxLagMs: 4000 }))).not.toContain("slow-release");
  });

  it("looks at every round for itself", () => {
    const second = [...LOCKED, ...looks(5, LOCKED_END, ["refused", 3])].map((one) => ({
      ...one,
      n: one.n + 8,
      round: 2,
      sentMs: one.sentMs + 10_000,
      endedMs: one.endedMs + 10_000,
    }));
    expect(short(verdictOf([...HEALTHY, ...second]))).toBe("finding slow-release");
  });
});

describe("over-admission", () => {
  const stream = (n: number, sentMs: number, from: number, to: number) =>
    call(n, sentMs, to, { phase: "burst", headersMs: from, firstByteMs: from, lastByteMs: to });

  it("is found when more than the limit overlap between first and last byte", () => {
    const verdict = verdictOf([1, 2, 3, 4].map((n) => stream(n, 0, 100 + n, 500)));
    expect(short(verdict)).toBe("finding over-admission");
    expect(verdict.findings[0]).toMatchObject({ proof: "4 calls were being answered at once, the limit is 3" });
    expect(verdict.findings[0]?.evidence[0]?.calls).toEqual([1, 2, 3, 4]);
  });

  it("is not found when the fourth began after the first had ended", () => {
    const calls = [stream(1, 0, 100, 200), stream(2, 0, 100, 500), stream(3, 0, 100, 500), stream(4, 0, 200, 500)];
    const verdict = verdictOf(calls);
    expect(verdict.findings).toEqual([]);
    expect(verdict.status).toBe("inconclusive");
    expect(doubtIds(verdict)).toContain("no-overlap");
  });

  it("needs more than a moment that two sockets may be read in the wrong order", () => {
    const calls = [stream(1, 0, 100, 204), stream(2, 0, 100, 500), stream(3, 0, 100, 500), stream(4, 0, 200, 500)];
    expect(verdictOf(calls).findings).toEqual([]);
    expect(short(verdictOf([stream(1, 0, 100, 206), ...calls.slice(1)]))).toBe("finding over-admission");
  });

  it("stays found whoever else uses the key", () => {
    const calls = [1, 2, 3, 4].map((n) => stream(n, 0, 100, 500));
    expect(short(verdictOf(calls, { shared: true }))).toBe("finding over-admission");
  });

  it("does not count calls between sending and first byte", () => {
    const calls = [1, 2, 3, 4].map((n) => stream(n, 0, 100 * n, 100 * n + 50));
    expect(verdictOf(calls).findings).toEqual([]);
  });
});

describe("false rejection", () => {
  // Rooms before and after are full, and nothing of ours had ended shortly before.
  const lone = [...HEALTHY, refused(9, 6000, 6020), ...burst(10, 8100, 3, 1, { phase: "look", lookMs: 2000 })];
  const again = [refused(9, 6000, 6020), refused(10, 9000, 9020)].map((one) => ({ ...one, round: 2 }));

  it("is a refusal with fewer than the limit in flight that nothing explains", () => {
    const verdict = verdictOf(lone, { exclusive: true });
    expect(short(verdict)).toBe("finding false-rejection");
    expect(verdict.findings[0]?.evidence[0]?.calls).toEqual([9]);
  });

  it("may have been somebody else's call, unless it is said that there is nobody", () => {
    const verdict = verdictOf(lone);
    expect(short(verdict)).toBe("inconclusive false-rejection");
    expect(doubtIds(verdict)).toContain("perhaps-foreign");
  });

  it("is none when calls of ours may still have held their slots", () => {
    const soon = [...HEALTHY, refused(9, 4900, 4920), ...burst(10, 7000, 3, 1, { phase: "look", lookMs: 2000 })];
    expect(verdictOf(soon, { exclusive: true }).findings).toEqual([]);
  });

  it("is proved where Redis showed room all the time, more than once", () => {
    const free = [reading(0), reading(150, ["a"]), reading(5990), reading(6030), reading(8990), reading(9030)];
    const verdict = verdictOf([...HEALTHY, ...again, ...free]);
    expect(short(verdict)).toBe("finding false-rejection");
    expect(doubtIds(verdict)).toContain("worker-memory");
  });

  it("is not proved where Redis was full, or by one refusal", () => {
    const full = ["a", "b", "c"];
    const taken = [
      reading(0),
      reading(150, ["a"]),
      reading(5990, full),
      reading(6030, full),
      reading(8990, full),
      reading(9030, full),
    ];
    expect(verdictOf([...HEALTHY, ...again, ...taken]).findings.map(({ kind }) => kind)).not.toContain(
      "false-rejection",
    );
    const free = [reading(0), reading(150, ["a"]), reading(5990), reading(6030)];
    expect(verdictOf([...HEALTHY, ...again.slice(0, 1), ...free]).status).toBe("inconclusive");
  });
});
