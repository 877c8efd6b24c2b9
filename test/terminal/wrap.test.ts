import fc from "fast-check";
import { expect, test } from "vitest";
import { wrap } from "../../src/terminal/wrap.js";

test("breaks between words and indents what follows like the line", () => {
  expect(wrap("  - one two three four", 14)).toEqual(["  - one two", "    three four"]);
  expect(wrap("    {a-key-that-is-longer-than-the-width}", 14)).toEqual(["    {a-key-that-is-longer-than-the-width}"]);
});

test("leaves a line alone where there is no width", () => {
  expect(wrap("a b c", 0)).toEqual(["a b c"]);
});

test("loses no word, and only a line of one word may be too long", () => {
  const words = fc.array(fc.stringMatching(/^[a-z{}:…]{1,20}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.constantFrom("", "  ", "  - "), fc.integer({ min: 10, max: 100 }), (said, indent, width) => {
      const lines = wrap(indent + said.join(" "), width);
      expect(lines.flatMap((line) => line.replace("- ", "").trim().split(" "))).toEqual(said);
      for (const line of lines) {
        const one = line.replace("- ", "").trim().split(" ").length === 1;
        expect(one || line.length <= width).toBe(true);
      }
    }),
  );
});

test("counts a wide character as two columns", () => {
  expect(wrap("日本語 日本語 end", 13)).toEqual(["日本語 日本語", "end"]);
  expect(wrap("日本語 日本語 end", 12)).toEqual(["日本語", "日本語 end"]);
});
