import { expect, test } from "vitest";
import { systemClock } from "../../../src/config/clock.js";
import { sampleCounters } from "../../../src/diagnose/sampling/sample-counters.js";
import { sampledMs } from "../../../src/diagnose/sampling/summary.js";
import { parseKeyName } from "../../../src/litellm/key-name.js";
import type { RedisConnection } from "../../../src/redis/connect.js";
import { counter } from "../../support/doctor-fixture.js";

/** A Redis that answers a watch's script after `delayMs`, the first time; its TIME is ours. */
function slowRedis(delayMs: number): RedisConnection {
  let asked = 0;
  const client = {
    async evalsha() {
      if (asked++ === 0) await systemClock.sleep(delayMs);
      return ["string", -1, Math.floor(performance.now()), "3", "", "", "", -2, -2];
    },
  };
  return { client } as unknown as RedisConnection;
}

test("a slow first look takes nothing from the time that is watched", async () => {
  const name = parseKeyName(counter);
  if (!name) throw new Error(counter);
  const { signal } = new AbortController();
  const options = { observeMs: 40, clock: systemClock, signal, progress() {} };
  const seen = await sampleCounters(slowRedis(60), [{ name, tokenLimited: null, conclusive: () => false }], options);
  const watched = seen.get(counter);
  expect(watched && sampledMs(watched)).toBeGreaterThanOrEqual(39);
});
