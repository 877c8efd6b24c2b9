import fc from "fast-check";
import { expect, test } from "vitest";
import { renderCsv, streamCsv } from "../../src/output/csv.js";
import { collect } from "../support/collect.js";

/** RFC 4180 read letter by letter: records of fields. */
function parse(csv: string): string[][] {
  const records: string[][] = [];
  let [record, field, quoted, at] = [[] as string[], "", false, 0];
  while (at < csv.length) {
    if (quoted && csv.startsWith('""', at)) [field, at] = [`${field}"`, at + 2];
    else if (csv[at] === '"') [quoted, at] = [!quoted, at + 1];
    else if (quoted) [field, at] = [field + csv[at], at + 1];
    else if (csv[at] === ",") [record, field, at] = [[...record, field], "", at + 1];
    else if (csv.startsWith("\r\n", at)) {
      records.push([...record, field]);
      [record, field, at] = [[], "", at + 2];
    } else [field, at] = [field + csv[at], at + 1];
  }
  if (quoted || field !== "" || record.length > 0) throw new Error("the last record has no end");
  return records;
}

const guarded = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

test("gives back every text that was put in, but for the apostrophe before a formula", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "'", "=", "a", " ") }));
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain((width) => fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }));
  fc.assert(
    fc.property(rows, (cells) => {
      const csv = renderCsv(cells.map((row) => Object.fromEntries(row.map((cell, at) => [`c${at}`, cell]))));
      const [head, ...body] = parse(csv);
      expect(head).toEqual(cells[0]?.map((_, at) => `c${at}`));
      expect(body).toEqual(cells.map((row) => row.map(guarded)));
    }),
    { numRuns: 300 },
  );
});

test("lets no cell begin a formula, names of columns included", () => {
  const lines = parse(
    renderCsv([{ "=name": "=1+1", b: "+1", c: "-1", d: "@SUM(A1)", e: "\tx", f: "\rx", g: -1, h: "1-1" }]),
  );
  expect(lines).toEqual([
    ["'=name", "b", "c", "d", "e", "f", "g", "h"],
    ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "-1", "1-1"],
  ]);
});

test("makes columns of what is nested, JSON of lists, and nothing of null", () => {
  const csv = renderCsv([
    { owner: { id: "h", deep: { a: 1 } }, models: ["a", "b"], none: null, gone: undefined, yes: true, empty: {} },
  ]);
  expect(parse(csv)).toEqual([
    ["owner.id", "owner.deep.a", "models", "none", "gone", "yes", "empty"],
    ["h", "1", '["a","b"]', "", "", "true", "{}"],
  ]);
});

test("has the columns of all rows, and every record as wide as they are", () => {
  expect(parse(renderCsv([{ a: 1 }, { b: 2 }, {}]))).toEqual([
    ["a", "b"],
    ["1", ""],
    ["", "2"],
    ["", ""],
  ]);
});

test("is empty for no rows", () => {
  expect(renderCsv([])).toBe("");
});

test("streams the same as it renders", async () => {
  const rows = [
    { a: 1, b: 'x"y' },
    { a: 2, b: "=z" },
    { a: 3, b: null },
  ];
  async function* batches() {
    yield rows.slice(0, 0);
    yield rows.slice(0, 2);
    yield rows.slice(2);
  }
  expect((await collect(streamCsv(batches()))).join("")).toBe(renderCsv(rows));
});
