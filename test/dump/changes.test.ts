import { expect, test } from "vitest";
import { changesBetween } from "../../src/dump/changes.js";
import { dumpKey } from "./keys.js";

const said = (...looks: Parameters<typeof changesBetween>) =>
  changesBetween(...looks).map(({ change, key, heldBefore }) => [change, key.owner.id, heldBefore, key.held]);

test("the first look finds what is present", () => {
  expect(said(undefined, [dumpKey({ id: "a", held: 3 })])).toEqual([["present", "a", null, 3]]);
});

test("tells what came, what went and what changed, with the count before", () => {
  const before = [dumpKey({ id: "a", held: 1 }), dumpKey({ id: "b", held: 2 }), dumpKey({ id: "c", held: 4 })];
  const now = [dumpKey({ id: "b", held: 5 }), dumpKey({ id: "c", held: 4 }), dumpKey({ id: "d", held: 1 })];
  expect(said(before, now)).toEqual([
    ["changed", "b", 2, 5],
    ["appeared", "d", null, 1],
    ["gone", "a", 1, 1],
  ]);
});

test("time going by is no change; losing the expiry, the type or the state is", () => {
  const then = dumpKey({ ttlMs: 60_000, oldestMs: 10 });
  expect(said([then], [dumpKey({ ttlMs: 58_000, oldestMs: 2010 })])).toEqual([]);
  for (const over of [{ ttlMs: -1 }, { type: "string" }, { state: "stuck" as const }, { limit: 5 }]) {
    expect(changesBetween([then], [{ ...then, ...over }])).toHaveLength(1);
  }
});
