import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Meter } from "../../src/probe/meter.js";
import { Terminal } from "../../src/terminal/streams.js";
import { call } from "../verdict/story.js";

const written = (about: string): string => {
  let text = "";
  const stderr = { write: (more: string) => (text += more), isTTY: true, columns: 120 };
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream;
  const terminal = new Terminal({ stdout: { write: () => true }, stderr, stdin, env: { TERM: "xterm" } });
  const meter = new Meter(terminal, 3, about);
  meter.show(call(1, 0, 100));
  return text;
};

test("of several runs at once the line says which it is about", () => {
  expect(written("cell 3 of 36, chat plain completed")).toContain(
    "cell 3 of 36, chat plain completed: 1 calls: 1 admitted, 0 refused",
  );
  expect(written("")).toBe("\r\u001b[2K1 calls: 1 admitted, 0 refused");
});
