import { expect, test } from "vitest";
import { Screen } from "../../src/terminal/screen.js";

function screen(columns?: number, rows?: number) {
  let written = "";
  const stream = { write: (text: string) => (written += text), ...(columns && rows ? { columns, rows } : {}) };
  const it = new Screen(stream, (text) => text.replaceAll("hidden", "…"));
  return {
    it,
    take: () => {
      const text = written;
      written = "";
      return text.replaceAll("\u001b", "ESC");
    },
  };
}

test("draws over what it drew before, on a page of its own, and gives the terminal back", () => {
  const { it, take } = screen(40, 3);
  it.draw(["one", "two"]);
  expect(take()).toBe("ESC[?1049hESC[?25lESC[?7lESC[HoneESC[K\r\ntwoESC[KESC[J");
  it.draw(["three"]);
  expect(take()).toBe("ESC[HthreeESC[KESC[J");
  it.close();
  it.close();
  expect(take()).toBe("ESC[?7hESC[?25hESC[?1049l");
});

test("writes nothing when it was never drawn on", () => {
  const { it, take } = screen(40, 3);
  it.close();
  expect(take()).toBe("");
});

test("cuts what is higher than the window, and hides secrets", () => {
  const { it, take } = screen(40, 2);
  it.draw(["a hidden word", "b", "c"]);
  expect(take()).toContain("a … wordESC[K\r\nbESC[KESC[J");
  it.close();
});

test("a line that fills the window keeps its last character", () => {
  const { it, take } = screen(4, 3);
  it.draw(["fill", "\u001b[31mfill\u001b[0m", "not"]);
  expect(take()).toMatch(/Hfill\r\nESC\[31mfillESC\[0m\r\nnotESC\[KESC\[J$/);
  it.close();
});

test("leaves no listener behind", () => {
  const before = process.listenerCount("exit");
  const { it } = screen();
  it.draw(["x"]);
  expect(process.listenerCount("exit")).toBe(before + 1);
  expect([it.width, it.height]).toEqual([80, 24]);
  it.close();
  expect(process.listenerCount("exit")).toBe(before);
});
