import { expect, test } from "vitest";
import { ordeal, seeded } from "../faults/schedule.js";

/** Minutes to run: LLMCTL_SOAK_MINUTES, 20 by default. LLMCTL_SEED repeats a run, or one round of it. */
const minutes = Number(process.env.LLMCTL_SOAK_MINUTES ?? 20);

test("round after round of random faults: never one too many", { timeout: (minutes + 5) * 60_000 }, async () => {
  const given = process.env.LLMCTL_SEED;
  const seeds = seeded(Number(given ?? Date.now() % 1_000_000_000));
  const until = performance.now() + minutes * 60_000;
  for (let round = 0; performance.now() < until; round++) {
    const seed = round === 0 && given !== undefined ? Number(given) : Math.floor(seeds() * 1_000_000_000);
    console.log(`round ${round + 1}: LLMCTL_SEED=${seed}`);
    const outcome = await ordeal(seed, 30_000);
    console.log(JSON.stringify(outcome));
    expect(outcome).toMatchObject({ over: 0, rising: true, heldAfter: 0 });
  }
});
