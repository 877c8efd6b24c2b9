import { expect, it } from "vitest";
import { executePlan } from "../../src/probe/execute-plan.js";
import { readWish } from "../../src/probe/wish.js";
import type { CallRecord } from "../../src/verdict/history.js";
import { FACTS } from "../verdict/story.js";
import { FLAGS } from "./flags.js";
import { starting } from "./starting.js";
import { VirtualClock } from "./virtual-clock.js";
import { World } from "./world.js";

it.each([
  [900, 900],
  [14_000, 14_000],
  [40_000, 0],
])("a counter that ends in %i ms is waited for: the first call is sent after %i ms", async (ttlMs, wait) => {
  const clock = new VirtualClock();
  const calm = { excess: 0, refuseEvery: 0, leakEvery: 0, others: [], lagMs: 0, shape: "string" as const };
  const world = new World(clock, { ...calm, limit: 3, callMs: [100] });
  const read: World["read"] = async (moment) => {
    const left = ttlMs - clock.monotonic();
    return { ...(await world.read(moment)), type: left > 0 ? "string" : "none", ttlMs: left > 0 ? left : -2 };
  };
  const calls: CallRecord[] = [];
  const probing = { wish: readWish(FLAGS), known: FACTS.known, consent: false, clock, origin: 0, checkFirst: () => {} };
  const source = {
    start: starting(world.call),
    slots: { read, locate: world.locate },
    signal: new AbortController().signal,
  };
  await clock.run(executePlan({ ...probing, ...source }, (event) => event.kind === "call" && calls.push(event)));
  expect(Math.min(...calls.map(({ sentMs }) => sentMs))).toBeGreaterThanOrEqual(wait);
  expect(Math.min(...calls.map(({ sentMs }) => sentMs))).toBeLessThan(wait + 500);
});
