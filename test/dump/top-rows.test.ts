import fc from "fast-check";
import { expect, test } from "vitest";
import { byUrgency } from "../../src/dump/to-row.js";
import { TopRows } from "../../src/dump/top-rows.js";
import type { DumpKey } from "../../src/output/documents/dump.js";
import { dumpKey } from "./keys.js";

const states: DumpKey["state"][] = ["ok", "full", "stuck", "wrong-type", "negative", "orphan"];

test("keeps the most urgent of any number, in whatever order they come, and counts all", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ state: fc.constantFrom(...states), held: fc.integer({ min: -2, max: 9 }) }), {
        maxLength: 120,
      }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 7 }),
      (specs, most, batch) => {
        const rows = specs.map((spec, at) => dumpKey({ id: `${at}`, ...spec }));
        const ledger = new TopRows(most);
        for (let at = 0; at < rows.length; at += batch) ledger.add(rows.slice(at, at + batch));
        expect(ledger.rows()).toEqual([...rows].sort(byUrgency).slice(0, most));
        expect(ledger.total).toBe(rows.length);
        expect(ledger.truncated).toBe(rows.length > most);
        expect(Object.values(ledger.states).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
      },
    ),
    { numRuns: 300 },
  );
});
