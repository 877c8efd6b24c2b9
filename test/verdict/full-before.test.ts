import { describe, expect, it } from "vitest";
import type { SlotReading } from "../../src/verdict/events.js";
import { counter, looks, NEVER, reading, refused, short, verdictOf } from "../support/events.js";

describe("a key that was full when we came, and stayed so, is told by Redis", () => {
  const first = refused(1, 100, 120);
  const full = ["a", "b", "c"];
  const end = (atMs: number, ids: readonly string[] = full) => reading(atMs, ids, { moment: "look" });
  const of = (...readings: SlotReading[]) => short(verdictOf([first, ...readings]));

  it("only when it was full both before and at the end, though our own refusals move a counter", () => {
    const moved = (before: number, last: number) => of(counter(0, before), counter(24_200, last, { moment: "look" }));
    expect(moved(3, 3)).toBe("finding leak");
    expect(moved(4, 3)).toBe("finding leak");
    expect(moved(3, 2)).toBe("inconclusive");
    expect(moved(2, 3)).toBe("inconclusive");
  });

  it("not when it was read only at the end, for then nobody saw that nothing moved it", () => {
    expect(of(end(24_200))).toBe("inconclusive");
    expect(of(end(20_000), end(24_200))).toBe("inconclusive");
  });

  it("not when a run that was cut short read it last before its calls had ended", () => {
    const cut = (...readings: SlotReading[]) =>
      short(verdictOf([first, ...looks(2, 120, NEVER), ...readings], { stopped: "interrupted" }));
    expect(cut(reading(0, full))).toBe("inconclusive");
    expect(cut(reading(0, full), end(24_139))).toBe("inconclusive");
    expect(cut(reading(0, full), end(24_140))).toBe("finding leak");
  });
});
