import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ProgressLine } from "../../src/probe/progress-line.js";
import { Terminal } from "../../src/terminal/terminal.js";
import { call } from "../support/events.js";

function metered(about?: string) {
  let text = "";
  const stderr = { write: (more: string) => (text += more), isTTY: true, columns: 120 };
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream;
  const terminal = new Terminal({ stdout: { write: () => true }, stderr, stdin, env: { TERM: "xterm" } });
  return { meter: new ProgressLine(terminal, 3, about), text: () => text };
}

const written = (about?: string): string => {
  const { meter, text } = metered(about);
  meter.event(call(1, 0, 100));
  meter.end();
  return text();
};

test("of several runs at once the line says which it is about", () => {
  expect(written("cell 3 of 36, chat plain completed")).toContain(
    "cell 3 of 36, chat plain completed: 1 call: 1 admitted, 0 refused",
  );
  expect(written()).toBe("\r\u001b[2K1 call: 1 admitted, 0 refused\r\u001b[2K");
});

test("the line is drawn now and then, and in the end shows all that came", async () => {
  const { meter, text } = metered();
  for (let n = 1; n <= 1000; n++) meter.event(call(n, n, n + 1));
  expect(text().split("admitted")).toHaveLength(2);
  await expect.poll(text).toContain("1000 calls: 1000 admitted");
  const drawn = text();
  await sleep(120);
  expect(text()).toBe(drawn);
  meter.event(call(1001, 1, 2));
  meter.event(call(1002, 1, 2));
  meter.end();
  await sleep(120);
  expect(text()).not.toContain("1002 calls");
});
