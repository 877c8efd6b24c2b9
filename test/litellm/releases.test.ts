import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, KNOWN_LEAKS, leaksOf, shapeOfRelease, workerCacheTtlMs } from "../../src/litellm/releases.js";

const ids = (version: string) => leaksOf(version).map(({ id }) => id);

test("knows the shape of every release, at its borders", () => {
  const shapes = ["1.60.0", "1.77.1", "1.77.2", "1.79.1", "1.93.99", "1.94.0", "1.94.3", "1.109.1", "2.0.0"].map(
    shapeOfRelease,
  );
  expect(shapes).toEqual(["minute", "minute", "windowed", "windowed", "windowed", "slots", "slots", "slots", "slots"]);
});

test("reads the ways in which releases are written", () => {
  for (const text of ["1.79.1", "v1.79.1", "1.79.1-stable", "1.79.1.rc1", "1.79.1-nightly.20251101", "1.79"]) {
    expect(shapeOfRelease(text), text).toBe("windowed");
  }
});

test("says nothing of what is no release", () => {
  for (const text of ["unknown", "", "latest", "main-v1", "v"]) {
    expect(shapeOfRelease(text), text).toBeNull();
    expect(leaksOf(text), text).toEqual([]);
  }
});

test("lists the leaks that were measured on each release, and no others", () => {
  expect(ids("1.77.1")).toEqual(["minute-unfinished"]);
  const windowed = ["sticky-lock", "window-roll"];
  expect(ids("1.79.1")).toEqual(["messages-never-release", ...windowed, "namespace-drift", "completions-failed"]);
  expect(ids("1.80.7")).toEqual(ids("1.79.1"));
  expect(ids("1.80.8")).toEqual([...windowed, "namespace-drift", "responses-cut", "completions-failed"]);
  const cut = ["responses-cut", "streams-cut"];
  expect(ids("1.91.5")).toEqual([...windowed, ...cut, "completions-failed", "messages-given-back-twice"]);
  expect(ids("1.94.3")).toEqual(["completions-failed", "responses-translated", "killed-worker"]);
  expect(ids("1.95.0")).toEqual(["responses-translated", "messages-cache-hit", "killed-worker"]);
  expect(ids("1.96.2")).toEqual(["messages-cut", "killed-worker"]);
  expect(ids("1.103.11")).toEqual(["messages-cut", "killed-worker"]);
  expect(ids("1.109.1")).toEqual(["killed-worker"]);
});

test("links a leak only to the report that describes it", () => {
  const linked = KNOWN_LEAKS.filter(({ link }) => link !== null).map(({ id, link }) => [id, link?.split("/").at(-1)]);
  expect(linked).toEqual([
    ["messages-never-release", "17323"],
    ["messages-cache-hit", "27955"],
  ]);
});

test("has every leak begin before it ends, within one shape, under a name of its own", () => {
  for (const { id, from, fixedIn } of KNOWN_LEAKS) {
    if (fixedIn !== null) expect(compareVersions(from, fixedIn), id).toBeLessThan(0);
  }
  expect(new Set(KNOWN_LEAKS.map(({ id }) => id)).size).toBe(KNOWN_LEAKS.length);
});

test("orders releases number by number", () => {
  const version = fc.tuple(fc.nat(9), fc.nat(200), fc.nat(30));
  fc.assert(
    fc.property(version, version, (a, b) => {
      const difference = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      expect(Math.sign(compareVersions(a.join("."), b.join(".")))).toBe(Math.sign(difference));
    }),
  );
  expect(compareVersions("1.9.0", "1.80.8")).toBeLessThan(0);
  expect(compareVersions("1.80", "1.80.0")).toBe(0);
});

test("knows how long a worker may go on refusing", () => {
  const lives = (windowMs: number) =>
    (["minute", "windowed", "slots"] as const).map((shape) => workerCacheTtlMs(shape, windowMs));
  expect(lives(60_000)).toEqual([0, 60_000, 3_600_000]);
  expect(lives(300_000)).toEqual([0, 300_000, 3_600_000]);
});
