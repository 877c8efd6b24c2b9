import { describe, expect, it, onTestFinished } from "vitest";
import { startLab } from "../../src/lab/proxy.js";
import { freePort } from "../../src/lab/redis.js";
import { parseProbeOptions } from "../../src/probe/options.js";
import { doubtIds, short } from "../support/events.js";
import { runProbe } from "../support/probe-session.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { World } from "./fake-limiter.js";
import { FLAGS } from "./flags.js";
import { runInVirtualTime } from "./run-in-virtual-time.js";

/** A run whose Redis dies after so many readings. */
async function runUntil(readings: number, leakEvery: number) {
  const clock = new VirtualClock();
  const calm = { excess: 0, refuseEvery: 0, others: [], lagMs: 0, shape: "zset" as const };
  const world = new World(clock, { ...calm, limit: 3, callMs: [100], leakEvery });
  let left = readings;
  const read: World["read"] = async (moment) => {
    if (left-- <= 0) throw new Error("Connection is closed.");
    return world.read(moment);
  };
  const slots = { read, locate: world.locate };
  const ran = await runInVirtualTime({
    clock,
    options: parseProbeOptions(FLAGS),
    call: world.call,
    slots,
    consent: false,
  });
  return { verdict: ran.document.verdict, notes: ran.notes, sent: ran.calls.length };
}

describe("when Redis stops answering, a probe", () => {
  it.each([0, 1, 5, 12])("goes on by calls alone after %i readings, and says so", async (readings) => {
    const { verdict, notes, sent } = await runUntil(readings, 0);
    expect(notes.filter((note) => note.includes("Connection is closed."))).toHaveLength(1);
    expect(sent).toBeGreaterThanOrEqual(7);
    expect(verdict.findings).toEqual([]);
    if (readings > 0) expect(doubtIds(verdict)).toContain("redis-lost");
  });

  it("still finds a leak by what is refused", async () => {
    const { verdict } = await runUntil(5, 1);
    expect(short(verdict)).toBe("finding leak");
    expect(doubtIds(verdict)).toContain("redis-lost");
  });
});

describe("a Redis that does not answer before the first call", () => {
  it("is told from none in what is returned and what is recorded", async () => {
    const lab = await startLab({});
    onTestFinished(() => lab.stop());
    const around = { baseUrl: lab.baseUrl, key: lab.key };
    const away = await runProbe("chat", { ...around, redisUrl: `redis://127.0.0.1:${await freePort()}` });
    expect(away.document).toMatchObject({ slots: null, redisAway: true });
    expect(away.runs[0]?.header).toMatchObject({ redis: null, redisAway: true });
    expect((await runProbe("chat", around)).document).not.toHaveProperty("redisAway");
  });
});
