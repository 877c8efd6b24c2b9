import { expect, test } from "vitest";
import { campaign } from "../repair/histories/campaign.js";

/** LLMCTL_HISTORIES to play, 10,000 by default. LLMCTL_SEED repeats them; with the seed and LLMCTL_PATH of a failure, that one and its shrinking. */
const histories = Number(process.env.LLMCTL_HISTORIES ?? 10_000);
const path = process.env.LLMCTL_PATH;
const HOURS_MS = 3 * 3_600_000;

test("10,000 random histories against the doctor: never a wrong repair", { timeout: HOURS_MS }, async () => {
  const seed = Number(process.env.LLMCTL_SEED ?? Date.now() % 1_000_000_000);
  const since = performance.now();
  console.log(`LLMCTL_SEED=${seed}`);
  const seconds = () => Math.round((performance.now() - since) / 1000);
  const counts = await campaign({
    ...{ histories, seed, lanes: path === undefined ? 4 : 1 },
    ...(path === undefined ? {} : { path }),
    progress: ({ histories: played }) => {
      if (played % 500 === 0) console.log(`${played} histories, ${seconds()} s`);
    },
  });
  console.log(`${counts.histories} histories, seed ${seed}, ${seconds()} s: ${JSON.stringify(counts)}`);
  expect(counts.histories).toBeGreaterThanOrEqual(path === undefined ? histories : 1);
});
