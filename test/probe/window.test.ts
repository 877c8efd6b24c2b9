import { expect, it } from "vitest";
import { parseProbeOptions } from "../../src/probe/options.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { World } from "./fake-limiter.js";
import { FLAGS } from "./flags.js";
import { runInVirtualTime } from "./run-in-virtual-time.js";

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
  const slots = { read, locate: world.locate };
  const { calls } = await runInVirtualTime({
    clock,
    options: parseProbeOptions(FLAGS),
    call: world.call,
    slots,
    consent: false,
  });
  expect(Math.min(...calls.map(({ sentMs }) => sentMs))).toBeGreaterThanOrEqual(wait);
  expect(Math.min(...calls.map(({ sentMs }) => sentMs))).toBeLessThan(wait + 500);
});
