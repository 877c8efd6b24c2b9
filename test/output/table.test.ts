import fc from "fast-check";
import widthOf from "fast-string-width";
import { expect, test } from "vitest";
import { type Page, paragraph, section, table } from "../../src/output/page.js";
import { renderTable } from "../../src/output/table.js";
import { toned } from "../../src/terminal/colour.js";

const columns = [
  { name: "owner", shrinks: true },
  { name: "held", align: "right" as const },
  { name: "state" },
  { name: "why", shrinks: true },
];
const why = "oldest slot is 20 min old; a hung call can be as old and alive, doctor tells what is proved";
const view: Page = {
  blocks: [
    paragraph(
      "Redis 7.0.15 at redis://127.0.0.1:6379/0, limits from http://127.0.0.1:4000 (LiteLLM 1.109.1), and so on",
    ),
    table(columns, [
      ["ci", "5", toned("bad", "stuck"), why],
      ["the-alias-of-a-team-that-likes-long-names", "12", toned("good", "ok"), "12 in flight"],
    ]),
  ],
  rows: [],
};

const lines = (width: number, colour = false) => renderTable(view, { width, colour }).trimEnd().split("\n");

test("fits terminals of 80 and of 160 columns", () => {
  for (const width of [80, 160]) for (const line of lines(width)) expect(line.length, line).toBeLessThanOrEqual(width);
  expect(lines(80).join()).toContain("…");
});

test("is as wide as it needs to be off a terminal, every cell whole", () => {
  const text = lines(0).join("\n");
  expect(text).toContain(why);
  expect(text).toContain("the-alias-of-a-team-that-likes-long-names");
  expect(text).not.toContain("…");
});

test("cuts only columns that may be cut", () => {
  for (const width of [30, 40, 80]) {
    const text = renderTable(view, { width, colour: false });
    for (const whole of ["stuck", "HELD", "12"]) expect(text).toContain(whole);
  }
});

test("leaves a column whole that may not be cut, however wide it is", () => {
  const hash = "0123456789ab".repeat(6);
  const wide = table([{ name: "hash" }, { name: "why", shrinks: true }], [[hash, why]]);
  const text = renderTable({ blocks: [wide], rows: [] }, { width: 80, colour: false });
  expect(text).toContain(`${hash}  `);
  expect(text).toContain("…");
});

test("has no frames and no space at the end, so that grep and awk work on it", () => {
  for (const width of [0, 80]) for (const line of lines(width)) expect(line).not.toMatch(/[│─┌┐]| $/);
  const row = lines(0).find((line) => line.startsWith("ci"));
  expect(row?.split(/ {2,}/)).toEqual(["ci", "5", "stuck", why]);
});

test("aligns numbers to the right", () => {
  const [head, ci, other] = lines(0).slice(-3) as [string, string, string];
  const end = head.indexOf("HELD") + 4;
  expect(ci.slice(end - 4, end)).toBe("   5");
  expect(other.slice(end - 4, end)).toBe("  12");
});

test("colours words without moving them", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is taken away
  const bare = lines(80, true).map((line) => line.replace(/\u001b\[\d+m/g, "").trimEnd());
  expect(bare).toEqual(lines(80));
  expect(lines(80, true).join()).toContain("\u001b[31mstuck\u001b[39m");
});

test("keeps one row on one line, and lets nothing in it reach the terminal", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("\n", "\r", "\t", "\u001b", "[2J", "a", " ", "\u202e") }),
      (alias) => {
        const nasty = { blocks: [table([{ name: "alias" }, { name: "b" }], [[alias, "end"]])], rows: [] };
        const drawn = renderTable(nasty, { width: 0, colour: false });
        expect(drawn.trimEnd().split("\n")).toHaveLength(2);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it must hold none
        expect(drawn).not.toMatch(/[\r\t\u001b\u202e]/);
      },
    ),
  );
});

test("keeps rows of any widths within the terminal, as long as what must stay whole fits", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 40, max: 160 }),
      (rows, width) => {
        const shrinking = table(
          [
            { name: "a", shrinks: true },
            { name: "n", align: "right" },
            { name: "b", shrinks: true },
          ],
          rows.map(([a, b]) => [a, "12", b]),
        );
        for (const line of renderTable({ blocks: [shrinking], rows: [] }, { width, colour: false }).split("\n")) {
          expect(line.length).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});

test("counts wide characters as two columns and combining ones as none, so that columns stay in line", () => {
  const names = ["日本語のキー", "cafe\u0301", "👩‍👩‍👧 team", "plain"];
  const wide = table(
    ["alias", { name: "held", align: "right" }, "state"],
    names.map((name, at) => [name, `${at}`, "ok"]),
  );
  const [head = "", ...rows] = renderTable({ blocks: [wide] }, { width: 0, colour: false })
    .trimEnd()
    .split("\n");
  const heldEnds = head.indexOf("HELD") + 4;
  for (const row of rows) expect(widthOf(row.slice(0, row.indexOf("ok") - 2)), row).toBe(heldEnds);
});

test("cuts wide characters where the terminal ends, and none of them in half", () => {
  const wide = table(
    [{ name: "alias", shrinks: true }, "state"],
    [
      ["キー".repeat(30), "ok"],
      ["👩‍👩‍👧".repeat(40), "ok"],
    ],
  );
  for (const width of [20, 21, 40, 80]) {
    const [, ...rows] = renderTable({ blocks: [wide] }, { width, colour: false })
      .trimEnd()
      .split("\n");
    for (const row of rows) {
      expect(widthOf(row), row).toBeLessThanOrEqual(width);
      expect(row).toMatch(/^(?:キ|ー)+… +ok$|^(?:👩‍👩‍👧)+… +ok$/u);
    }
  }
});

test("draws whatever block a page may have: a terminal has paragraphs and tables for it", () => {
  const page: Page = {
    title: "a page",
    status: { word: "leak", tone: "bad", lines: ["it leaks"] },
    blocks: [
      section("one", "One", [
        { kind: "heading", text: "Below" },
        { kind: "facts", facts: [["key", "sk-…"]] },
        { kind: "code", text: "llmctl probe \\\n  --limit 3" },
        {
          kind: "heatmap",
          title: "Heat",
          columns: ["cut"],
          rows: [{ names: ["/v1/a"], cells: [{ text: "leak", to: "x", tone: "bad" }] }],
        },
        { kind: "evidence", text: "seen", links: [{ text: "call 1", to: "x" }], names: ["slot_1"] },
        { kind: "chart", id: "c", title: "C", words: "in words", legend: [], draw: () => expect.fail("drawn") },
      ]),
    ],
  };
  expect(renderTable(page, { width: 0, colour: false })).toBe(`a page

leak: it leaks

One

Below

WHAT  VALUE
key   sk-…

llmctl probe \\
  --limit 3

       CUT
/v1/a  leak

- seen slot_1

in words
`);
});
