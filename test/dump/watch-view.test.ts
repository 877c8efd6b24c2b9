import { expect, test } from "vitest";
import { changeRow, drawFrame } from "../../src/dump/watch-view.js";
import { dumpChange } from "../../src/output/documents/dump.js";
import { dumpDocument, dumpKey } from "./keys.js";

const canvas = { width: 80, height: 24, colour: false, everyMs: 2000, now: Date.UTC(2026, 10, 23, 10, 0, 5) };
const draw = (frame: Parameters<typeof drawFrame>[0], over: Partial<typeof canvas> = {}) =>
  drawFrame(frame, { ...canvas, ...over });
const lineOf = (lines: string[], word: string) => lines.find((line) => line.includes(word)) ?? "";

const busy = dumpKey({ id: "b".repeat(64), owner: { kind: "api_key", id: "b", alias: "team-b" }, held: 6, limit: 10 });
const stuck = dumpKey({
  owner: { kind: "api_key", id: "a", alias: "team-a" },
  held: 12,
  limit: 10,
  state: "stuck",
  oldestMs: 1_500_000,
  ttlMs: -1,
});

test("draws held against the limit as a bar, never longer than the bar is", () => {
  const lines = draw({ document: dumpDocument([stuck, busy]), changes: [] });
  expect(lineOf(lines, "team-b")).toContain("██████░░░░ 6/10");
  expect(lineOf(lines, "team-a")).toMatch(/██████████ 12\/10 +25 min +none +stuck/);
  const wide = draw({ document: dumpDocument([busy]), changes: [] }, { width: 160 });
  expect(lineOf(wide, "team-b")).toContain(`${"█".repeat(14)}${"░".repeat(10)} 6/10`);
});

test("without a limit it shows the number, and says that limits are not known", () => {
  const lines = draw({ document: dumpDocument([dumpKey({ held: 3 })], { proxy: null }), changes: [] });
  expect(lines[0]).toContain("1 key, limits not known, every 2 s");
  expect(lines.join()).not.toContain("█");
});

test("shows what changed since the last look, and what is gone", () => {
  const gone = dumpKey({ id: "c".repeat(64), owner: { kind: "api_key", id: "c", alias: "team-c" }, held: 1 });
  const lines = draw({
    document: dumpDocument([stuck, busy]),
    changes: [
      { change: "changed", key: stuck, heldBefore: 10 },
      { change: "appeared", key: busy, heldBefore: null },
      { change: "gone", key: gone, heldBefore: 1 },
    ],
  });
  expect(lineOf(lines, "team-a")).toContain("+2");
  expect(lineOf(lines, "team-b")).toContain("new");
  expect(lineOf(lines, "team-c")).toMatch(/gone +- +- +gone$/);
  const fewer = draw({ document: dumpDocument([busy]), changes: [{ change: "changed", key: busy, heldBefore: 9 }] });
  expect(lineOf(fewer, "team-b")).toContain("−3");
});

test("fits the screen and says how many keys it leaves out", () => {
  const keys = Array.from({ length: 40 }, (_, at) => dumpKey({ id: `${at}`.padStart(64, "0") }));
  for (const [width, height] of [
    [80, 12],
    [160, 24],
  ] as const) {
    const lines = draw({ document: dumpDocument(keys), changes: [] }, { width, height });
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.at(-1)).toBe(`… and ${40 - (height - 5)} more, less urgent`);
  }
});

test("says why nothing new is seen while Redis is away", () => {
  const lines = draw({ document: dumpDocument([busy]), changes: [], away: "Redis did not answer" });
  expect(lines[0]).toBe("Redis did not answer; trying again");
  expect(lineOf(lines, "team-b")).toContain("6/10");
});

test("a change off a terminal is a row of its schema", () => {
  const row = changeRow({ change: "changed", key: stuck, heldBefore: 10 }, canvas.now);
  expect(dumpChange.parse(row)).toEqual(row);
  expect(row).toMatchObject({ time: "2026-11-23T10:00:05.000Z", change: "changed", heldBefore: 10, held: 12 });
});
