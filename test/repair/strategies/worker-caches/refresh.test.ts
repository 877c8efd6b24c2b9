import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unreachableError, usageError } from "../../../../src/errors.js";
import { type RefreshPlan, refresh } from "../../../../src/repair/strategies/worker-caches/refresh.js";
import { errorOf } from "../../../support/keys-session.js";
import { refused, World, type WorldOptions } from "./fake-proxy.js";

const run = (world: World, more: Partial<RefreshPlan> = {}) =>
  world.clock.run(refresh(world.hands, world.plan(more), world.journal));

describe("what a refresh does", () => {
  test("one worker that refuses lets calls in again, and the limit is as before", async () => {
    const world = new World({ copies: [3] });
    expect(await run(world)).toMatchObject({ status: "done", refused: 1 });
    expect(world).toMatchObject({ limit: 3, highest: 4, steps: ["raise", "restored"], workers: [{ copy: 0 }] });
  });

  test.each([[[3, 0]], [[0, 3]], [[3, 3, 3, 3]]])("of workers %j all let calls in again", async (copies) => {
    const world = new World({ copies });
    expect((await run(world)).status).toBe("done");
    expect(world.limit).toBe(3);
    expect(world.workers.every(({ copy }) => copy < 3)).toBe(true);
  });

  test("where nobody refuses, nothing is raised", async () => {
    const world = new World({ copies: [0, 2] });
    expect(await run(world)).toMatchObject({ status: "needless", calls: 20, refused: 0 });
    expect(world).toMatchObject({ highest: 0, steps: [] });
  });

  test("each of four workers is asked by ten calls and more before it says that nobody refuses", async () => {
    const world = new World({ copies: [0, 0, 0, 0] });
    await run(world);
    expect(world.sent).toBe(40);
  });

  test("a copy from a higher limit is told by its refusal under the raised one, and the limit set back", async () => {
    const world = new World({ copies: [5] });
    expect(await run(world)).toMatchObject({ status: "refused", reason: expect.stringContaining("--highest-limit") });
    expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
    const higher = new World({ copies: [5] });
    expect((await run(higher, { raised: 6 })).status).toBe("done");
  });

  test("with calls in flight that do not end it raises nothing", async () => {
    const world = new World({ copies: [3, 3], others: () => 1 });
    expect(await run(world)).toMatchObject({ status: "refused", reason: expect.stringMatching(/in flight/) });
    expect(world).toMatchObject({ highest: 0, steps: [] });
  });

  test("calls in flight that end soon are waited for", async () => {
    const world = new World({ copies: [3], others: (now) => (now < 6000 ? 2 : 0) });
    expect((await run(world)).status).toBe("done");
  });

  test("a key that Redis shows full is not one that memory refuses", async () => {
    const world = new World({ copies: [0], others: () => 3 });
    expect(await run(world)).toMatchObject({
      status: "refused",
      reason: expect.stringMatching(/Redis itself is full/),
    });
    expect(world.sent).toBe(0);
  });

  test("others who fill the key while its limit is raised end the sweep, and the limit goes back once they are gone", async () => {
    let busy: (now: number) => number = () => 0;
    const world = new World({ copies: [3], others: (now) => busy(now) });
    let since = 0;
    world.before = (act) => {
      if (act !== "call" || world.limit !== 4 || since > 0) return;
      since = world.clock.monotonic();
      busy = (now) => (now < since + 25_000 ? 3 : 0);
    };
    expect(await run(world)).toMatchObject({ status: "refused", reason: expect.stringMatching(/others' calls came/) });
    expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
    expect(world.clock.monotonic()).toBeGreaterThanOrEqual(since + 25_000);
  });

  test("others who never go away do not keep the limit raised for long", async () => {
    let busy = 0;
    const world = new World({ copies: [3], others: () => busy });
    world.before = (act) => {
      if (act === "call" && world.limit === 4) busy = 3;
    };
    await run(world);
    expect(world.limit).toBe(3);
    expect(world.clock.monotonic()).toBeLessThan(60_000);
  });

  test("a slot that is given back late is not taken for somebody else's", async () => {
    const world = new World({ copies: [1], limit: 1, lagMs: 1500 });
    expect((await run(world, { raised: 2 })).status).toBe("done");
    expect(world.peak).toBe(1);
  });

  test("up to 1.93 with several workers it waits a minute instead, and raises nothing", async () => {
    const world = new World({ copies: [3, 3] });
    world.clock.at(55_000, () => {
      for (const worker of world.workers) worker.copy = 0;
    });
    expect(await run(world, { shape: "windowed" })).toMatchObject({ status: "done", refused: 1 });
    expect(world).toMatchObject({ highest: 0, steps: [] });
    expect(world.clock.monotonic()).toBeGreaterThan(61_000);
  });

  test("it waits for the window that is in force", async () => {
    const world = new World({ copies: [3, 3] });
    world.clock.at(250_000, () => {
      for (const worker of world.workers) worker.copy = 0;
    });
    expect(await run(world, { shape: "windowed", windowMs: 300_000 })).toMatchObject({ status: "done" });
    expect(world.clock.monotonic()).toBeGreaterThan(301_000);
  });

  test("a worker that has not heard of the raised limit is written to again, and one of the restored limit too", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      let state = seed;
      const next = () => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state >> 16;
      };
      // One write a time, so that it often meets the worker that knows already.
      const world = new World({ copies: [0, 3], writes: 1, next });
      expect((await run(world)).status, `seed ${seed}`).toBe("done");
      expect(world.clock.monotonic()).toBeLessThan(30_000);
      expect(world.limit).toBe(3);
      expect(world.under.slice(-20), `seed ${seed}`).toEqual(Array(20).fill(3));
    }
  });

  test("a worker that never hears of the raised limit is told so, and the limit goes back", async () => {
    let asked = false;
    const world = new World({ copies: [0, 3], writes: 1, next: () => (asked ? 1 : 0) });
    world.before = (act) => {
      asked = act === "call";
      const [, second] = world.workers;
      if (second) second.readAt = world.clock.monotonic();
      if (second?.old) second.old.until = Number.POSITIVE_INFINITY;
    };
    expect(await run(world)).toMatchObject({ status: "refused", reason: expect.stringMatching(/did not reach every/) });
    expect(world.limit).toBe(3);
    expect(world.clock.monotonic()).toBeLessThan(120_000);
  });

  test("a worker that refuses for good is not called mended", async () => {
    const world = new World({ copies: [3, 0] });
    world.before = () => {
      if (world.limit === 3) (world.workers[0] as { copy: number }).copy = 3;
    };
    expect(await run(world)).toMatchObject({ status: "unverified", reason: expect.stringMatching(/still refuses/) });
    expect(world.limit).toBe(3);
  });
});

describe("whatever happens, the limit goes back", () => {
  test("after Ctrl-C in any act", async () => {
    for (let at = 1; ; at++) {
      const world = new World({ copies: [3, 3] });
      let acts = 0;
      world.before = () => {
        if (++acts === at) world.interruption.abort(new Error("SIGINT"));
      };
      const end = await run(world).catch((error: Error) => error);
      expect(world.limit, `interrupted at ${at}`).toBe(3);
      expect(world.steps.at(-1) ?? "restored").toBe("restored");
      if (!(end instanceof Error)) break;
      expect(at).toBeLessThan(1000);
    }
  });

  test("after a proxy that was away for half a minute", async () => {
    const world = new World({ copies: [3] });
    let lostAt = Number.POSITIVE_INFINITY;
    world.before = (act) => {
      const now = world.clock.monotonic();
      if (act === "call" && world.limit === 4) lostAt = Math.min(lostAt, now);
      if ((act === "limit" || act === "set") && now >= lostAt && now < lostAt + 30_000)
        throw unreachableError({ code: "proxy-unreachable", message: "away" });
    };
    expect((await run(world)).status).toBe("done");
    expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
  });

  test("a proxy that stays away: exit 5 with the line to type, and the journal stays open", async () => {
    const world = new World({ copies: [3] });
    world.before = (act) => {
      if (act === "limit") throw unreachableError({ code: "proxy-unreachable", message: "nobody answers" });
    };
    const error = await errorOf(run(world));
    expect(error).toMatchObject({
      exit: 5,
      code: "limit-left-raised",
      message: expect.stringMatching(/nobody answers/),
    });
    expect(error.hint).toContain(`llmctl keys update ${"f".repeat(64)} --mpr 3`);
    expect(world.steps).toEqual(["raise"]);
  });

  test("a raise whose answer was lost is taken back too", async () => {
    const world = new World({ copies: [3] });
    let tries = 0;
    world.before = (act) => {
      // It lands when the limit has been read again, and read as it was.
      if (act === "set" && tries++ === 0)
        throw unreachableError({ code: "proxy-unreachable", message: "no answer in time" });
      if (act === "limit") queueMicrotask(() => Object.assign(world, { limit: 4 }));
    };
    expect(await errorOf(run(world))).toMatchObject({ code: "proxy-unreachable" });
    expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
  });

  test("but not over a limit that somebody else has set meanwhile", async () => {
    const world = new World({ copies: [3] });
    world.before = (act) => {
      if (act === "call" && world.limit === 4) world.limit = 10;
    };
    await run(world);
    expect(world).toMatchObject({ limit: 10, steps: ["raise", "left"] });
  });

  test("nor of a key that was deleted", async () => {
    const world = new World({ copies: [3] });
    world.before = (act) => {
      if (act === "limit") throw usageError({ code: "unknown-key", message: "no such key" });
    };
    await run(world);
    expect(world.steps).toEqual(["raise", "left"]);
  });

  test("refusals of another limit end it: they say nothing of this one", async () => {
    const world = new World({ copies: [3] });
    const { hands } = world;
    const call = async () =>
      world.limit === 4 ? refused(100, { source: "rate-limit", message: "Limit type: requests" }) : hands.call();
    const error = await errorOf(world.clock.run(refresh({ ...hands, call }, world.plan(), world.journal)));
    expect(error).toMatchObject({ exit: 5, code: "other-limit" });
    expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
  });
});

/** However the kernel spreads connections, whatever copies there are and whoever else calls. */
const worlds: fc.Arbitrary<WorldOptions> = fc.record({
  copies: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
  next: fc.infiniteStream(fc.nat(11)).map((turns) => () => turns.next().value as number),
  lagMs: fc.constantFrom(0, 20, 1500),
  others: fc
    .array(fc.record({ from: fc.nat(40_000), for: fc.nat(20_000), slots: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 3,
    })
    .map(
      (visits) => (now: number) =>
        Math.min(
          3,
          ...[
            visits
              .filter((one) => now >= one.from && now < one.from + one.for)
              .reduce((sum, one) => sum + one.slots, 0),
          ],
        ),
    ),
});

test("no call of ours overlaps another, the limit ends as it began, and done means that no worker refuses", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (options) => {
      const world = new World(options);
      const { status } = await run(world);
      expect(world.limit).toBe(3);
      expect(world.highest).toBeLessThanOrEqual(4);
      expect(world.peak).toBeLessThanOrEqual(options.lagMs ? 3 : 1);
      expect(world.steps.filter((step) => step === "raise")).toHaveLength(world.steps.length / 2);
      if (status === "needless") expect(world.steps).toEqual([]);
      if (status === "done" && options.others?.(world.clock.monotonic()) === 0 && !options.lagMs) {
        // With bad luck a worker is never reached, and nobody can know.
        const reached = world.asked.slice(-10 * world.workers.length);
        expect(reached.filter(({ copy }) => copy >= 3)).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});
