import fc from "fast-check";
import { expect, test } from "vitest";
import { NameSet } from "../../src/redis/seen-names.js";

test("tells a name that it has from one that it has not, like a Set", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 300 }), (names) => {
      const ours = new NameSet();
      const theirs = new Set<string>();
      for (const name of names) {
        expect(ours.add(name)).toBe(!theirs.has(name));
        theirs.add(name);
      }
      expect(ours.size).toBe(theirs.size);
    }),
    { numRuns: 200 },
  );
});

test("takes no two of 200,000 neighbouring limiter keys for one", () => {
  const names = new NameSet();
  for (let at = 0; at < 200_000; at++) {
    if (!names.add(`{api_key:${at.toString(16).padStart(64, "0")}}:max_parallel_requests`)) throw new Error(`${at}`);
  }
  expect(names.size).toBe(200_000);
});
