import fc from "fast-check";
import { expect, test } from "vitest";
import { renderMarkdown } from "../../src/output/markdown.js";
import { paragraph, table } from "../../src/output/page.js";
import { toned } from "../../src/terminal/colour.js";

const one = (cell: string): string =>
  renderMarkdown({ blocks: [table([{ name: "a" }, { name: "b" }], [[cell, "end"]])], rows: [] });

/** The cells of a line, divided as GitHub divides them: at every bar without a backslash before it. */
const createCells = (line: string): string[] => line.split(/(?<!\\)(?:\\\\)*\|/).map((cell) => cell.trim());

test("draws tables and paragraphs", () => {
  const view = {
    blocks: [
      paragraph("Redis 7", toned("dim", "at home")),
      table(
        [{ name: "owner" }, { name: "held", align: "right" as const }],
        [
          ["ci", "5"],
          [toned("bad", "x"), "1"],
        ],
      ),
    ],
    rows: [],
  };
  expect(renderMarkdown(view)).toBe("Redis 7  \nat home\n\n| owner | held |\n| --- | ---: |\n| ci | 5 |\n| x | 1 |\n");
});

test("keeps its columns, whatever a cell holds", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("|", "\\", "\n", "\r", "`", "a", " ", "<", "\u001b") }), (cell) => {
      const lines = one(cell).trimEnd().split("\n");
      expect(lines).toHaveLength(3);
      for (const line of lines) {
        const cells = createCells(line);
        expect(cells).toHaveLength(4);
      }
      expect(createCells(lines[2] ?? "")[2]).toBe("end");
    }),
  );
});

test("keeps its columns when a column's name comes from elsewhere", () => {
  const text = renderMarkdown({ blocks: [table([{ name: "slots of a|b" }], [["x"]])], rows: [] });
  expect(text.split("\n")[0]).toBe("| slots of a\\|b |");
});

test("takes no text for markup", () => {
  expect(one("**bold** <img> [x](y) _u_ `c`")).toContain("\\*\\*bold\\*\\* \\<img\\> \\[x\\](y) \\_u\\_ \\`c\\`");
  expect(one("\u001b[31m\u202e")).toContain("\\\\u001b\\[31m\\\\u202e");
});
