import { expect, test } from "vitest";
import { parseRate } from "../../src/config/duration.js";
import { createThrottle } from "../../src/repair/throttle.js";
import { errorOf } from "../support/keys-session.js";
import { VirtualClock } from "../support/virtual-clock.js";

const { signal } = new AbortController();

/** When each of so many acts may be made, each of which takes this long. */
async function turns(perSecond: number, count: number, actMs = 0): Promise<number[]> {
  const clock = new VirtualClock();
  const pace = createThrottle(perSecond, clock);
  const at: number[] = [];
  await clock.run(
    (async () => {
      for (let n = 0; n < count; n++) {
        await pace.turn(signal);
        at.push(clock.monotonic());
        if (actMs > 0) await clock.sleep(actMs);
      }
    })(),
  );
  return at;
}

test("the first act waits for nothing, and a slow pace leaves its time between any two", async () => {
  expect(await turns(2, 4)).toEqual([0, 500, 1000, 1500]);
});

test("a quick pace comes in small batches, and no second has more than its number", async () => {
  const at = await turns(200, 1000);
  expect(at.slice(0, 11)).toEqual([...Array(10).fill(0), 50]);
  for (const start of at) {
    const within = at.filter((one) => one >= start && one < start + 1000).length;
    expect(within).toBeLessThanOrEqual(210);
  }
  expect(at.at(-1)).toBe(4950);
});

test("acts that are slower than the pace wait for nothing, and are not made up for by a burst", async () => {
  expect(await turns(2, 4, 800)).toEqual([0, 800, 1600, 2400]);
});

test("an abort ends the wait at once", async () => {
  const clock = new VirtualClock();
  const end = new AbortController();
  const pace = createThrottle(1, clock);
  await pace.turn(end.signal);
  const second = pace.turn(end.signal);
  end.abort("SIGINT");
  await second;
  expect(clock.monotonic()).toBe(0);
});

test.each([
  ["50/s", 50],
  ["600/m", 10],
  ["0.5/s", 0.5],
  ["1800/h", 0.5],
  ["50", 50],
])("%s is %d a second", (text, value) => {
  expect(parseRate(text, "--pace")).toBe(value);
});

test.each(["0/s", "-1/s", "fast", "5/d", ""])("%s is refused, and the error says how to write it", async (text) => {
  expect(await errorOf((async () => parseRate(text, "--pace"))())).toMatchObject({
    exit: 2,
    message: expect.stringContaining(`--pace ${text}`),
    hint: expect.stringContaining("--pace 20/s"),
  });
});
