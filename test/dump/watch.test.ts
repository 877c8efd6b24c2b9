import { expect, test } from "vitest";
import type { Clock } from "../../src/config/clock.js";
import { type Frame, watch } from "../../src/dump/watch.js";
import { deniedError, unreachableError } from "../../src/errors.js";
import type { DumpDocument } from "../../src/output/documents/dump.js";
import { dumpDocument, dumpKey } from "./keys.js";

const one = dumpDocument([dumpKey({ id: "a", held: 1 })]);
const two = dumpDocument([dumpKey({ id: "a", held: 2 })]);
const down = unreachableError({ code: "redis-unreachable", message: "Redis did not answer" });

/** Looks at what `looks` gives, in turn; the signal comes in the sleep after the last of them. */
async function watched(looks: (DumpDocument | Error)[]): Promise<{ frames: Frame[]; slept: number[] }> {
  const end = new AbortController();
  const slept: number[] = [];
  const frames: Frame[] = [];
  const clock: Clock = {
    wall: () => 0,
    monotonic: () => 0,
    async sleep(ms) {
      slept.push(ms);
      if (looks.length === 0) end.abort("SIGTERM");
    },
  };
  const read = async () => {
    const look = looks.shift() as DumpDocument | Error;
    if (look instanceof Error) throw look;
    return look;
  };
  for await (const frame of watch({ read, everyMs: 250, clock, signal: end.signal })) frames.push(frame);
  return { frames, slept };
}

test("looks in the rhythm asked for and compares each look with the last", async () => {
  const { frames, slept } = await watched([one, one, two]);
  expect(frames.map(({ changes }) => changes.map(({ change, heldBefore }) => [change, heldBefore]))).toEqual([
    [["present", null]],
    [],
    [["changed", 1]],
  ]);
  expect(slept).toEqual([250, 250, 250]);
});

test("while Redis is away it keeps the last look, and goes on when Redis is back", async () => {
  const { frames } = await watched([one, down, down, two]);
  expect(frames.map(({ away, document }) => [away, document.keys[0]?.held])).toEqual([
    [undefined, 1],
    ["Redis did not answer", 1],
    ["Redis did not answer", 1],
    [undefined, 2],
  ]);
  expect(frames[3]?.changes).toMatchObject([{ change: "changed", heldBefore: 1 }]);
});

test("a first look that fails is an error, and so is being refused later", async () => {
  await expect(watched([down, one])).rejects.toBe(down);
  const denied = deniedError({ code: "redis-permission", message: "no" });
  await expect(watched([one, denied])).rejects.toBe(denied);
  await expect(watched([one, new TypeError("a defect")])).rejects.toThrow("a defect");
});
