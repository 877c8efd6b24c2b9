import { expect, test } from "vitest";
import { paint, plain, toned, wantsColour } from "../../src/terminal/colour.js";

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "0" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "false" }, true, false],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
  [{ TERM: "dumb" }, true, false],
  [{ TERM: "dumb", FORCE_COLOR: "1" }, true, true],
  [{ TERM: "xterm-256color" }, true, true],
] as const)("with %j and a terminal: %s, colour: %s", (env, isTTY, colour) => {
  expect(wantsColour(env, isTTY)).toBe(colour);
});

test("paints by meaning, and only where colour is wanted", () => {
  expect(paint(toned("bad", "stuck"), true)).toBe("\u001b[31mstuck\u001b[39m");
  expect(paint(toned("bad", "stuck"), false)).toBe("stuck");
  expect(paint("text", true)).toBe("text");
  expect(paint(toned("plain", "text"), true)).toBe("text");
  expect(plain(toned("good", "ok"))).toBe("ok");
});
