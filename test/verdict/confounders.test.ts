import { describe, expect, it } from "vitest";
import type { CallRecord, ProbeEvent } from "../../src/verdict/events.js";
import type { RunSpec } from "../../src/verdict/observations.js";
import {
  burst,
  call,
  counter,
  doubtIds,
  HEALTHY,
  LEAK,
  reading,
  refused,
  short,
  verdictOf,
} from "../support/events.js";

const refusal = (source: NonNullable<CallRecord["rejection"]>["source"], rest: Partial<CallRecord> = {}) =>
  refused(20, 8000, 8020, {
    ...rest,
    rejection: { source, limit: null, scope: null, limiter: null, message: "no", ...rest.rejection },
  });
const change = (calls: readonly CallRecord[], n: number, rest: Partial<CallRecord>) =>
  calls.map((one) => (one.n === n ? { ...one, ...rest } : one));

/** What confounds, the observations with it, and the verdict that it must lead to. Without it the same observations gives `otherwise`. */
interface Row {
  id: string;
  events: readonly ProbeEvent[];
  facts?: Partial<RunSpec>;
  verdict: string;
  without: readonly ProbeEvent[];
  otherwise: string;
}
const rows: readonly Row[] = [
  {
    id: "no-limit",
    events: HEALTHY.filter(({ ending }) => ending === "completed"),
    facts: { known: { value: null, source: "none" } },
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "limit-changed",
    events: change(change(LEAK, 1, { limitHeader: 5 }), 2, { limitHeader: 5 }),
    verdict: "inconclusive leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "cut-short",
    events: HEALTHY,
    facts: { stopped: "interrupted" },
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "shared",
    events: LEAK,
    facts: { shared: true },
    verdict: "inconclusive leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "held-before",
    events: [...HEALTHY, reading(0, ["old"]), reading(150, ["old", "a"]), reading(3100, ["old"])],
    verdict: "healthy",
    without: [...HEALTHY, reading(0), reading(150, ["a"]), reading(3100)],
    otherwise: "healthy",
  },
  {
    id: "rate-limit",
    events: [...HEALTHY, refusal("rate-limit")],
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "deployment-limit",
    events: [...HEALTHY, refusal("deployment-limit")],
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "redis-away",
    events: [...HEALTHY, refusal("redis-away")],
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "provider-refusal",
    events: [...HEALTHY, refusal("provider")],
    verdict: "healthy",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "provider-refusal",
    events: HEALTHY.map((one) =>
      one.ending === "completed"
        ? { ...refusal("provider"), n: one.n, sentMs: one.sentMs, endedMs: one.endedMs, phase: one.phase }
        : one,
    ),
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "other-scope",
    events: LEAK.map((one) =>
      one.rejection ? { ...one, rejection: { ...one.rejection, scope: "team", limit: 3 } } : one,
    ),
    verdict: "inconclusive leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "unanswered",
    events: change(LEAK, 3, { ending: "timeout", status: null, error: "no first byte within 60000 ms" }),
    verdict: "inconclusive leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "abandoned",
    events: LEAK.map((one) =>
      one.ending === "completed" ? { ...one, ending: "aborted" as const, firstByteMs: null, status: null } : one,
    ),
    facts: { ending: "aborted after 500 ms" },
    verdict: "inconclusive leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "calls-failed",
    events: change(HEALTHY, 2, { ending: "failed", status: 500, error: "upstream error" }),
    verdict: "healthy",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "calls-failed",
    events: HEALTHY.map((one) =>
      one.ending === "completed" ? { ...one, ending: "failed" as const, status: 500 } : one,
    ),
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "ended-early",
    events: HEALTHY,
    facts: { ending: "aborted after 3 content events" },
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "cached",
    events: change(HEALTHY, 2, { cached: true }),
    verdict: "healthy",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "not-enforced",
    events: [...HEALTHY.slice(0, 4), ...burst(5, 2500, 3, 0)],
    verdict: "inconclusive",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "other-redis",
    events: [...HEALTHY, reading(0), reading(150), reading(3500)],
    verdict: "healthy",
    without: [...HEALTHY, reading(0), reading(150, ["a"]), reading(3100)],
    otherwise: "healthy",
  },
  {
    id: "redis-lost",
    events: [...LEAK, reading(0), reading(150, ["a"]), reading(250, ["a"])],
    verdict: "finding leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "sticky-lock",
    events: [
      refused(1, 100, 120),
      ...[0, 150, 24_200].map((at) =>
        counter(at, 3, { ttlMs: 60_000, moment: at > 200 ? "look" : at > 0 ? "calls" : "before" }),
      ),
    ],
    verdict: "finding leak",
    without: [
      refused(1, 100, 120),
      ...[0, 150, 24_200].map((at) => counter(at, 3, { moment: at > 200 ? "look" : at > 0 ? "calls" : "before" })),
    ],
    otherwise: "finding leak",
  },
  {
    id: "minute-limiter",
    events: LEAK.map((one) =>
      one.rejection ? { ...one, rejection: { ...one.rejection, limiter: "minute" as const } } : one,
    ),
    verdict: "finding leak",
    without: LEAK,
    otherwise: "finding leak",
  },
  {
    id: "wrong-type",
    events: [...HEALTHY, counter(0, 0), counter(150, 0), counter(3100, 0)],
    verdict: "healthy",
    without: HEALTHY,
    otherwise: "healthy",
  },
  {
    id: "window-rolled",
    events: [...HEALTHY, reading(0), counter(2600, 3, { ttlMs: 900 }), reading(3100)],
    verdict: "inconclusive",
    without: [...HEALTHY, reading(0), counter(2600, 0, { ttlMs: 900 }), reading(3100)],
    otherwise: "healthy",
  },
  {
    id: "below-zero",
    events: [...HEALTHY, reading(0), counter(150, 1), counter(250, -1), counter(3100, -1)],
    verdict: "inconclusive",
    without: [...HEALTHY, reading(0), counter(150, 1), counter(250, 0), counter(3100, 0)],
    otherwise: "healthy",
  },
];
const _says = (n: number, limit: number, rest: object = {}) =>
  refused(n, n * 10, n * 10 + 5, {
    rejection: { source: "parallel-limit", limit, scope: "api_key", limiter: "v3", message: "", ...rest },
  });

describe("a confounder", () => {
  it.each(rows)("$id is named, and makes it: $verdict", ({ id, events, facts, verdict, without, otherwise }) => {
    const found = verdictOf(events, facts);
    expect(doubtIds(found)).toContain(id);
    expect(short(found)).toBe(verdict);
    const clean = verdictOf(without);
    expect(doubtIds(clean)).not.toContain(id);
    expect(short(clean)).toBe(otherwise);
  });

  it("says whether it explains what was found", () => {
    const { doubts } = verdictOf(change(LEAK, 1, { cached: true }), { shared: true });
    expect(doubts.map(({ id, explains }) => [id, explains])).toEqual([
      ["shared", true],
      ["cached", false],
    ]);
  });

  it("that others told us of the limit is judged by what the limiter says", () => {
    const verdict = verdictOf(HEALTHY, { known: { value: 5, source: "key-info" } });
    expect(doubtIds(verdict)).toEqual(["limit-changed"]);
    expect(verdict.status).toBe("healthy");
  });
});

describe("a doubt without a finding", () => {
  it("says whether it is the reason why the run tells nothing", () => {
    const { doubts } = verdictOf([...HEALTHY.slice(0, 4), { ...call(5, 500, 590), cached: true }]);
    expect(doubts.map(({ id, explains }) => [id, explains])).toEqual([
      ["cached", false],
      ["not-enforced", true],
    ]);
  });
});
