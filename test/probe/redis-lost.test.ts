import { describe, expect, it, onTestFinished } from "vitest";
import { startLab } from "../../src/lab/proxy.js";
import { freePort } from "../../src/lab/redis.js";
import { executePlan, type RunEvent } from "../../src/probe/execute-plan.js";
import { readWish } from "../../src/probe/wish.js";
import type { ProbeEvent } from "../../src/verdict/history.js";
import { judge } from "../../src/verdict/index.js";
import { doubtIds, FACTS, short } from "../verdict/story.js";
import { FLAGS } from "./flags.js";
import { runProbe } from "./session.js";
import { starting } from "./starting.js";
import { VirtualClock } from "./virtual-clock.js";
import { World } from "./world.js";

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
  const events: ProbeEvent[] = [];
  const notes: string[] = [];
  const probing = { wish: readWish(FLAGS), known: FACTS.known, consent: false, clock, origin: 0, checkFirst: () => {} };
  const source = {
    start: starting(world.call),
    slots: { read, locate: world.locate },
    signal: new AbortController().signal,
  };
  const onEvent = (event: RunEvent) => (event.kind === "note" ? notes.push(event.text) : events.push(event));
  await clock.run(executePlan({ ...probing, ...source }, onEvent));
  return { verdict: judge(FACTS, events), notes, sent: events.filter(({ kind }) => kind === "call").length };
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
