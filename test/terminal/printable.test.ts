import fc from "fast-check";
import { expect, test } from "vitest";
import { printable, printableLine } from "../../src/terminal/printable.js";

test("spells out what would move the cursor, ring, or turn the writing round", () => {
  expect(printable("\u001b[2Jgone\u0007")).toBe("\\u001b[2Jgone\\u0007");
  expect(printable("a\rb\u009b31m\u202ec")).toBe("a\\u000db\\u009b31m\\u202ec");
});

test("leaves text alone in every language, with tabs and line ends", () => {
  for (const text of ["ключ", "鍵\n\tv", "é 👩‍👩‍👧", "a…b"]) expect(printable(text)).toBe(text);
});

test("keeps a cell on its line", () => {
  expect(printableLine("a\nb\tc\r\n")).toBe("a\\nb\\tc\\u000d\\n");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it must hold none
      expect(printableLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
