import fc from "fast-check";
import { expect, test } from "vitest";
import { nextDue, ticks, WakeSignal } from "../../src/watch/loop.js";
import { VirtualClock } from "../support/virtual-clock.js";

test("the next tick is on the beat, never in the past, and each beat is a tick or counted as skipped", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 5000 }), fc.nat(60_000), (due, every, took) => {
      const next = nextDue(due, every, due + took);
      expect(next.dueMs).toBeGreaterThanOrEqual(due + took);
      expect(next.dueMs - (due + took)).toBeLessThan(every + (took === 0 ? 1 : 0));
      expect(next.dueMs).toBe(due + (next.skipped + 1) * every);
    }),
  );
});

/** When ticks began, and how many were skipped before each, with ticks that take so long. */
async function run(everyMs: number, took: readonly number[], ringAtMs?: number) {
  const clock = new VirtualClock();
  const end = new AbortController();
  const bell = new WakeSignal();
  if (ringAtMs !== undefined) clock.at(ringAtMs, () => bell.ring());
  const seen: [at: number, skipped: number][] = [];
  let running = 0;
  let most = 0;
  const work = async (number: number, skipped: number) => {
    most = Math.max(most, ++running);
    seen.push([clock.monotonic(), skipped]);
    await clock.sleep(took[number - 1] ?? 0);
    if (number === took.length) end.abort("SIGTERM");
    running--;
    return number;
  };
  const numbers: number[] = [];
  const all = async () => {
    for await (const number of ticks({ work, everyMs, clock, signal: end.signal, bell })) numbers.push(number);
  };
  await clock.run(all());
  return { seen, most, numbers };
}

test("ticks come on the beat, however long each takes below it", async () => {
  expect((await run(1000, [10, 900, 400])).seen).toEqual([
    [0, 0],
    [1000, 0],
    [2000, 0],
  ]);
});

test("a slow tick skips beats, is never joined by another, and the rhythm stays", async () => {
  const { seen, most, numbers } = await run(1000, [10, 2500, 10, 10]);
  expect(seen).toEqual([
    [0, 0],
    [1000, 0],
    [4000, 2],
    [5000, 0],
  ]);
  expect(most).toBe(1);
  expect(numbers).toEqual([1, 2, 3, 4]);
});

test("the bell brings the next tick on, and the rhythm begins anew", async () => {
  expect((await run(1000, [0, 0, 0], 300)).seen).toEqual([
    [0, 0],
    [300, 0],
    [1300, 0],
  ]);
});

test("a bell that rings during a tick is not lost", async () => {
  expect((await run(1000, [500, 0], 200)).seen).toEqual([
    [0, 0],
    [500, 0],
  ]);
});

test("the signal ends the wait at once, and leaves no listener on it", async () => {
  const clock = new VirtualClock();
  const end = new AbortController();
  const bell = new WakeSignal();
  let listeners = 0;
  const { signal } = end;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...words: Parameters<typeof add>) => {
    listeners++;
    add(...words);
  };
  signal.removeEventListener = (...words: Parameters<typeof remove>) => {
    listeners--;
    remove(...words);
  };
  await clock.run(bell.wait(10, clock, signal));
  expect(listeners).toBe(0);
  const waiting = bell.wait(1000, clock, signal);
  end.abort("SIGTERM");
  expect(await waiting).toBe(false);
});
