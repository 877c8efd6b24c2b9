import { expect, test } from "vitest";
import { deniedError, unreachableError } from "../../../../src/errors.js";
import { refresh } from "../../../../src/repair/strategies/worker-caches/refresh.js";
import { errorOf } from "../../../support/keys-session.js";
import { World } from "./fake-proxy.js";

const run = (world: World) => world.clock.run(refresh(world.hands, world.plan(), world.journal));

test("the raise is in the journal before it is made, and its end only once the limit is back", async () => {
  const world = new World({ copies: [3] });
  const written: string[] = [];
  world.before = (act) => {
    if (act === "set") written.push(world.steps.join());
  };
  await run(world);
  expect(written).toEqual(["raise", "raise"]);
  expect(world.steps).toEqual(["raise", "restored"]);
});

test("the limit goes back though Redis is away by then, and nobody knows of calls in flight", async () => {
  const world = new World({ copies: [3] });
  world.before = (act) => {
    if (act === "held" && world.limit === 4) throw unreachableError({ code: "redis-unreachable", message: "away" });
  };
  expect(await errorOf(run(world))).toMatchObject({ code: "redis-unreachable" });
  expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
});

test("an admin key that is refused is not tried again: nobody waits for the line to type", async () => {
  const world = new World({ copies: [3] });
  world.before = (act) => {
    if (act === "limit") throw deniedError({ code: "key-refused", message: "refused" });
  };
  expect(await errorOf(run(world))).toMatchObject({ code: "limit-left-raised" });
  expect(world.clock.monotonic()).toBeLessThan(5000);
});

test("Ctrl-C before the raise means that nothing is raised any more, not even for a moment", async () => {
  for (let at = 1; ; at++) {
    const world = new World({ copies: [3, 3] });
    let acts = 0;
    world.before = () => {
      if (++acts === at) world.interruption.abort(new Error("SIGINT"));
    };
    let early = false;
    world.interruption.signal.addEventListener("abort", () => {
      early = world.steps.length === 0;
    });
    await run(world).catch(() => undefined);
    if (!early) break;
    expect(world, `interrupted at ${at}`).toMatchObject({ highest: 0, steps: [] });
  }
});

test("a worker that refuses while Redis is full is right: that is said at once, and nothing is raised", async () => {
  let others = 0;
  const world = new World({ copies: [3], others: () => others });
  world.before = (act) => {
    if (act === "call") others = 3;
  };
  expect(await run(world)).toMatchObject({ status: "refused", reason: expect.stringMatching(/Redis itself is full/) });
  expect(world).toMatchObject({ highest: 0, steps: [] });
});

/** Ctrl-C in the first call under the raised limit; `then` is called with what comes after it. */
async function interrupted(world: World, then: (act: "call" | "set" | "limit" | "held", sinceMs: number) => void) {
  let since: number | undefined;
  world.before = (act) => {
    if (since !== undefined) then(act, world.clock.monotonic() - since);
    else if (act === "call" && world.limit === 4) {
      since = world.clock.monotonic();
      world.interruption.abort(new Error("SIGINT"));
    }
  };
  await run(world).catch(() => undefined);
  expect(since).toBeDefined();
}

test("Ctrl-C while the limit is raised does not end the tries to set it back when the proxy is away", async () => {
  const world = new World({ copies: [3] });
  await interrupted(world, (act, sinceMs) => {
    if ((act === "limit" || act === "set") && sinceMs < 20_000)
      throw unreachableError({ code: "proxy-unreachable", message: "away" });
  });
  expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
});

test("Ctrl-C while the limit is raised, and calls of others are in flight: it goes back all the same, and soon", async () => {
  let others = 0;
  const world = new World({ copies: [3], others: () => others });
  await interrupted(world, () => {
    others = 2;
  });
  expect(world).toMatchObject({ limit: 3, steps: ["raise", "restored"] });
  expect(world.clock.monotonic()).toBeLessThan(10_000);
});
