import { expect, test } from "vitest";
import { ordeal } from "./schedule.js";

test("a random schedule of faults: never one too many, numbers rise, nothing stays behind (I1, I3, I15)", {
  timeout: 60_000,
}, async () => {
  const seed = Number(process.env.LLMCTL_SEED ?? Date.now() % 1_000_000_000);
  console.log(`fault schedule: LLMCTL_SEED=${seed}`);
  const outcome = await ordeal(seed, 12_000);
  console.log(JSON.stringify(outcome));
  expect(outcome).toMatchObject({ over: 0, rising: true, heldAfter: 0 });
  expect(outcome.grants).toBeGreaterThan(20);
  expect(outcome.passers).toBeGreaterThan(3);
  expect(outcome.passed).toBeGreaterThan(5);
});
