import { expect, test } from "vitest";
import { systemClock } from "../../src/config/clock.js";

test("never wakes early, also from a fraction of a millisecond", async () => {
  const early = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const ms = 5 + at / 7;
      const from = systemClock.monotonic();
      await systemClock.sleep(ms);
      return systemClock.monotonic() - from - ms;
    }),
  );
  expect(Math.min(...early)).toBeGreaterThanOrEqual(0);
});

test("ends with the signal's reason", async () => {
  const interruption = new AbortController();
  const slept = systemClock.sleep(60_000, interruption.signal);
  interruption.abort("SIGINT");
  await expect(slept).rejects.toMatchObject({ name: "AbortError", cause: "SIGINT" });
});
