import { describe, expect, it } from "vitest";
import { closedLoop, type LoadSource, openLoop } from "../../../src/probe/load/load.js";
import { call, refused } from "../../support/events.js";
import { VirtualClock } from "../../support/virtual-clock.js";

/** A server that takes so long for each call, in virtual time; what it was asked for and when. */
function server(answer: (n: number) => { ms: number; refuse?: boolean }) {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const sent: { atMs: number; dueMs: number | null }[] = [];
  let open = 0;
  const seen = { most: 0, sent };
  const source = (rest: Partial<LoadSource>): LoadSource => ({
    clock,
    signal: controller.signal,
    origin: 0,
    calls: Number.POSITIVE_INFINITY,
    forMs: 10_000,
    send: (dueMs, onEnd) => {
      const n = sent.push({ atMs: clock.monotonic(), dueMs });
      const { ms, refuse } = answer(n);
      open++;
      seen.most = Math.max(seen.most, open);
      void clock.sleep(ms).then(() => {
        open--;
        onEnd(refuse ? refused(n, 0, ms) : call(n, 0, ms));
      });
    },
    ...rest,
  });
  return { clock, seen, source, controller };
}

describe("the open loop", () => {
  it("sends by its schedule though every call hangs for longer than the gaps", async () => {
    const { clock, seen, source } = server(() => ({ ms: 5000 }));
    await clock.run(openLoop(source({ forMs: 1000 }), 10));
    expect(seen.sent.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(seen.sent.map(({ dueMs }) => dueMs)).toEqual(seen.sent.map(({ atMs }) => atMs));
    expect(seen.most).toBe(10);
  });

  it("counts dueness from the run's beginning", async () => {
    const { clock, seen, source } = server(() => ({ ms: 1 }));
    await clock.run(clock.sleep(700));
    await clock.run(openLoop(source({ origin: 500, forMs: 200 }), 10));
    expect(seen.sent.map(({ dueMs }) => dueMs)).toEqual([200, 300]);
  });

  it("sends no more than it may", async () => {
    const { clock, seen, source } = server(() => ({ ms: 1 }));
    await clock.run(openLoop(source({ calls: 4 }), 100));
    expect(seen.sent).toHaveLength(4);
  });

  it("keeps what is due when too many are in flight, and says since when it was due", async () => {
    const { clock, seen, source } = server(() => ({ ms: 20_000 }));
    await clock.run(openLoop(source({ forMs: 1050, mostInFlight: 100 }), 100));
    expect(seen.most).toBe(100);
    expect(seen.sent).toHaveLength(105);
    for (const [at, one] of seen.sent.slice(100).entries()) {
      expect(one.dueMs).toBe(1000 + at * 10);
      expect(one.atMs).toBeGreaterThanOrEqual(20_000);
    }
  });

  it("ends at once when the run does", async () => {
    const { clock, source, seen, controller } = server(() => ({ ms: 10 }));
    clock.at(250, () => controller.abort(new Error("over")));
    await expect(clock.run(openLoop(source({}), 10))).rejects.toThrow("over");
    expect(seen.sent).toHaveLength(3);
  });
});

describe("the closed loop", () => {
  it("has one call of each caller in flight, and sends the next when it has ended", async () => {
    const { clock, seen, source } = server(() => ({ ms: 100 }));
    await clock.run(closedLoop(source({ forMs: 1000 }), 4, 250));
    expect(seen.most).toBe(4);
    expect(seen.sent).toHaveLength(40);
  });

  it("sends a lone caller's next call in the very moment in which one ends, and those of many together", () => {
    for (const callers of [1, 2]) {
      const ends: (() => void)[] = [];
      const send: LoadSource["send"] = (_due, onEnd) => ends.push(() => onEnd(call(1, 0, 1)));
      const { source } = server(() => ({ ms: 1 }));
      void closedLoop(source({ calls: 5, send }), callers, 0);
      ends[0]?.();
      expect(ends).toHaveLength(callers === 1 ? 2 : callers);
    }
  });

  it("lets a caller who was refused wait, and nobody else", async () => {
    const { clock, seen, source } = server((n) => ({ ms: 10, refuse: n === 2 }));
    await clock.run(closedLoop(source({ forMs: 300 }), 2, 250));
    // One of them 30 times; the other at 0, and from 260 on.
    expect(seen.sent).toHaveLength(30 + 1 + 4);
  });

  it("sends no more than it may, with fewer callers than calls or more", async () => {
    for (const callers of [3, 12]) {
      const { clock, seen, source } = server(() => ({ ms: 10 }));
      await clock.run(closedLoop(source({ calls: 7 }), callers, 0));
      expect(seen.sent).toHaveLength(7);
      expect(seen.most).toBe(Math.min(callers, 7));
    }
  });
});
