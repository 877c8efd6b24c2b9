import { describe, expect, it } from "vitest";
import { call, doubtIds, HEALTHY, OVER, refused, short, verdictOf } from "../support/events.js";

describe("too many at once", () => {
  it("leave no doubt whether they overlapped", () => {
    expect(verdictOf(OVER)).toMatchObject({ status: "finding", doubts: [] });
    expect(doubtIds(verdictOf([...HEALTHY, ...OVER]))).toEqual([]);
  });

  it("are counted over the limit's end of the run, not over a limit that nobody knows", () => {
    expect(doubtIds(verdictOf(OVER, { known: { value: null, source: "none" } }))).toEqual(["no-limit"]);
  });

  it("may be those of a look", () => {
    const brief = [1, 2, 3, 4].map((n) => call(n + 8, 9000, 9050, { phase: "look", lookMs: 2000 }));
    expect(doubtIds(verdictOf([...HEALTHY, ...brief]))).toContain("no-overlap");
  });

  it("are told by calls that were let through, each from its first byte to its last", () => {
    const failed = OVER.map((one, at) =>
      at === 0 ? { ...one, ending: "refused" as const, status: 429, rejection: refused(1, 0, 1).rejection } : one,
    );
    expect(verdictOf(failed).findings).toEqual([]);
    expect(verdictOf(OVER.map((one, at) => (at === 0 ? { ...one, lastByteMs: null } : one))).findings).toEqual([]);
    const turns = [0, 1].flatMap((turn) =>
      OVER.slice(0, 2).map((one, at) =>
        call(2 * turn + at + 1, 0, 0, {
          ...one,
          n: 2 * turn + at + 1,
          firstByteMs: turn * 1000,
          lastByteMs: turn * 1000 + 900,
        }),
      ),
    );
    expect(verdictOf(turns).findings).toEqual([]);
    const evidence = verdictOf([...turns, ...OVER]).findings[0]?.evidence[0]?.calls;
    expect(evidence).toEqual([21, 22, 23, 24]);
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
