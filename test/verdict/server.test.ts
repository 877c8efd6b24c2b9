import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../src/verdict/events.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import {
  call,
  doubt,
  doubtIds,
  HEALTHY,
  LOCKED,
  LOCKED_END,
  looks,
  NEVER,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

/** The same calls to a server that is no LiteLLM, whose refusals say nothing of what they are for. */
const plain = (calls: readonly CallRecord[]): CallRecord[] =>
  calls.map((one) => ({
    ...one,
    version: null,
    ...(one.rejection && {
      rejection: { ...one.rejection, source: "unnamed", scope: null, limiter: null, message: "busy" },
    }),
  }));
const PLAIN = { litellm: false, known: { value: 3, source: "flag" } } as const;
const UNKNOWN = { known: { value: null, source: "none" } } as const;

describe("a server that is no LiteLLM", () => {
  it("is said to be none, and judged all the same", () => {
    const verdict = verdictOf(plain(HEALTHY), PLAIN);
    expect(short(verdict)).toBe("healthy");
    expect(doubtIds(verdict)).toContain("not-litellm");
    expect(doubtIds(verdictOf(HEALTHY))).not.toContain("not-litellm");
  });

  it("whose refusals name no limit is told by when they came: beside as many calls as the limit, or not", () => {
    const beside = verdictOf(plain(HEALTHY), PLAIN);
    expect(beside.doubts.find(({ id }) => id === "unnamed-refusal")?.text).toMatch(/came only with 3 calls in flight/);
    const refusedAlone = [...LOCKED, ...looks(5, LOCKED_END, ["refused", "refused", "refused", "refused", "refused"])];
    const alone = verdictOf(plain(refusedAlone), PLAIN);
    expect(alone.status).toBe("inconclusive");
    expect(alone.doubts.find(({ id }) => id === "unnamed-refusal")).toMatchObject({ explains: true });
    expect(doubtIds(verdictOf(HEALTHY))).not.toContain("unnamed-refusal");
  });
});

describe("a server that is no LiteLLM, and refuses without a word", () => {
  const PLAIN = { litellm: false, known: { value: 3, source: "flag" } } as const;
  const plain = (calls: readonly CallRecord[]): CallRecord[] =>
    calls.map((one) => ({
      ...one,
      version: null,
      ...(one.rejection && {
        rejection: { ...one.rejection, source: "unnamed", scope: null, limiter: null, message: "busy" },
      }),
    }));
  const unnamed = (calls: readonly CallRecord[], facts: Partial<RunSpec> = {}) =>
    doubt(plain(calls), "unnamed-refusal", { ...PLAIN, ...facts });

  it("has said all that it says where nobody knows the limit", () => {
    expect(unnamed(HEALTHY, UNKNOWN)?.text).toBe("the refusals do not say which limit they are of (429 busy)");
  });

  it("may be down where it let nothing through, which explains a leak and is no healthy limiter", () => {
    const down = [refused(1, 100, 120), ...looks(2, 120, NEVER)];
    expect(unnamed(down, { exclusive: true })).toMatchObject({ explains: true });
    expect(unnamed(down, { exclusive: true })?.text).toContain("perhaps the server is down");
    expect(short(verdictOf(plain(down), { ...PLAIN, exclusive: true }))).toBe("inconclusive leak");
    expect(unnamed([refused(1, 100, 120)])).toMatchObject({ explains: true });
    expect(unnamed(LOCKED)?.text).not.toContain("perhaps the server is down");
  });

  it("may have refused by a rate, which is told from a leak by waiting longer, and blocks where nothing was found", () => {
    const text = /a limit of requests over time would look the same/;
    const leak = unnamed([...LOCKED, ...looks(5, LOCKED_END, NEVER)]);
    expect(leak?.text).toMatch(text);
    expect(leak?.text).toContain("--settle 4m tells them apart");
    expect(leak).toMatchObject({ explains: true });
    const over = [1, 2, 3, 4].map((n) => call(n + 20, 41_000, 42_000, { phase: "burst", firstByteMs: 41_100 }));
    const both = unnamed([...LOCKED, ...looks(5, LOCKED_END, NEVER), ...over.map((one) => ({ ...one, round: 2 }))]);
    expect(both?.text).toContain("--settle 4m tells them apart");
    const early = [...LOCKED, ...looks(5, LOCKED_END, [3])];
    expect(unnamed(early)?.text).toMatch(text);
    expect(unnamed(early)?.text).not.toContain("--settle");
    expect(short(verdictOf(plain(early), PLAIN))).toBe("inconclusive");
  });
});
