import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration } from "../../src/terminal/duration.js";

test.each([
  [0, "0 ms"],
  [350, "350 ms"],
  [999.4, "999 ms"],
  [999.9, "1 s"],
  [12_000, "12 s"],
  [99_400, "99 s"],
  [100_000, "2 min"],
  [180_000, "3 min"],
  [125 * 60_000, "2 h 5 min"],
  [47 * 3_600_000, "47 h 0 min"],
  [99 * 3_600_000, "4 d 3 h"],
])("says %d ms as %s", (ms, said) => {
  expect(formatDuration(ms)).toBe(said);
});

test("is never wrong by more than a third", () => {
  const units = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e11, noNaN: true }), (ms) => {
      const said = formatDuration(ms).split(" ");
      let sum = 0;
      for (let at = 0; at < said.length; at += 2) sum += Number(said[at]) * units[said[at + 1] as keyof typeof units];
      expect(Math.abs(sum - ms)).toBeLessThanOrEqual(Math.max(0.5, ms * 0.334));
    }),
  );
});
