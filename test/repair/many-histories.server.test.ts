import { afterAll, beforeAll, expect, test } from "vitest";
import { campaign } from "./histories/campaign.js";
import { knownStories } from "./histories/known.js";
import { play } from "./histories/play-scenario.js";
import { newCounts } from "./histories/redis-server.js";
import { Lane } from "./histories/runner.js";

/** LLMCTL_SEED, with LLMCTL_PATH where a failure names one, plays a history again. */
const given = process.env.LLMCTL_SEED;
const path = process.env.LLMCTL_PATH;
/** The same histories in every run, so that what fails here was broken by the change at hand; `npm run soak` plays new ones. */
const SEED = 631_950_700;

let lane: Lane;
beforeAll(async () => {
  lane = await Lane.open();
});
afterAll(() => lane?.close());

test.each(knownStories)("$name", { timeout: 30_000 }, async ({ story }) => {
  const counts = newCounts();
  await play(lane, story, counts);
  expect(counts.doctors).toBeGreaterThan(1);
});

test("random histories of many keys under fire: nothing alive is freed, all that is proved dead is, and undo brings every byte back", {
  timeout: 120_000,
}, async () => {
  const seed = Number(given ?? SEED);
  console.log(`LLMCTL_SEED=${seed}`);
  const counts = await campaign({
    ...{ histories: given === undefined ? 200 : 2000, seed, lanes: given === undefined ? 2 : 1, limitMs: 20_000 },
    ...(path === undefined ? {} : { path }),
  });
  console.log(JSON.stringify(counts));
  expect(counts.histories).toBeGreaterThan(0);
});
