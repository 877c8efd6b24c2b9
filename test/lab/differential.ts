import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningLab, startLab } from "../../src/lab/proxy.js";
import { type Proxy as LitellmProxy, startProxy } from "../integration/litellm/support/proxy.js";
import { difference, Player, type Stage } from "./play.js";
import { LIMITS, NAMESPACE_SCENES, SCENES, type Scene, WINDOW_SCENES } from "./scenes.js";

/** Releases give back up to two seconds after the answer, and a scene's calls may be slower on one side than on the other. */
const PATIENCE_MS = 5000;

/**
 * How often a scene may be played. Where a provider breaks off, a real release answers 200 or 500 and counts by which of its tasks is quicker;
 * such a scene is played again, with a key of its own, and has to come out alike once.
 */
const takes = (scene: Scene): number => (scene.tokensByChance ? 3 : 1);

const keyOf = (scene: Scene, limits: string, take: number) => `sk-${limits}-${scene.name}-${take}`.replace(/\W+/g, "-");

/** Plays the same calls on a release and on the lab in its place, and compares every key of the limiter after each. */
export const differential = (version: LitellmProxy["version"]): void => suite(version, "", SCENES, 60);

/** The same where windows end between the calls. */
export const windowDifferential = (version: LitellmProxy["version"]): void =>
  suite(version, " with windows of 5 s", WINDOW_SCENES, 5);

/** The same with a namespace. */
export const namespaceDifferential = (version: LitellmProxy["version"]): void =>
  suite(version, " with a namespace", NAMESPACE_SCENES, 60, "prod");

function suite(
  version: LitellmProxy["version"],
  title: string,
  scenes: readonly Scene[],
  windowS: number,
  namespace?: string,
): void {
  describe(`the lab beside LiteLLM ${version}${title}`, () => {
    let proxy: LitellmProxy;
    let lab: RunningLab;
    const stages: Stage[] = [];

    beforeAll(async () => {
      const keys = Object.fromEntries(
        scenes.flatMap((scene) =>
          Object.entries(LIMITS).flatMap(([name, limits]) =>
            Array.from({ length: takes(scene) }, (_, take) => [keyOf(scene, name, take), { ...limits }] as const),
          ),
        ),
      );
      const all = { ...keys, "sk-first-call-of-a-worker": {} };
      const spaced = namespace === undefined ? {} : { namespace };
      const env = { LITELLM_RATE_LIMIT_WINDOW_SIZE: `${windowS}` };
      proxy = await startProxy({ version, keys: all, env, ...spaced });
      lab = await startLab({ version, windowS, ...spaced });
      for (const [key, limits] of Object.entries(all)) Object.assign(lab.keys.add(key, Date.now()) ?? {}, limits);
      stages.push({ url: proxy.url, redis: new Redis(proxy.redis.url) });
      stages.push({ url: lab.baseUrl, redis: new Redis(lab.redisUrl) });
      // The first calls of a real worker take seconds.
      for (const call of ["chat", "messages", "responses"]) {
        const { url, redis } = stages[0] as Stage;
        await new Player({ url, redis }, "sk-first-call-of-a-worker").play({ call });
      }
    }, 120_000);
    afterAll(async () => {
      for (const { redis } of stages) redis.disconnect();
      await lab?.stop();
      await proxy?.stop();
    });

    for (const limits of Object.keys(LIMITS)) {
      test.concurrent.each(scenes.map((scene) => [scene.name, scene] as const))(`${limits}: %s`, async (_, scene) => {
        for (let take = 0; ; take++) {
          try {
            return await compare(stages, scene, keyOf(scene, limits, take));
          } catch (error) {
            if (take + 1 === takes(scene)) throw error;
          }
        }
      });
    }
  });
}

/** Plays a scene on both stages and throws at the first difference. */
async function compare(stages: readonly Stage[], scene: Scene, key: string): Promise<void> {
  const players = stages.map((stage) => new Player(stage, key));
  const [real, ours] = players as [Player, Player];
  for (const [number, step] of scene.steps.entries()) {
    const statuses = await Promise.all(players.map((player) => player.play(step)));
    const where = { step: number + 1, of: JSON.stringify(step) };
    expect({ ...where, statuses: statuses[1] }).toEqual({ ...where, statuses: statuses[0] });
    const differs = await conclusive(real, ours, scene.tokensByChance !== true);
    expect({ ...where, differs }).toEqual({ ...where, differs: {} });
  }
}

/** What still differs when late writes have had their time. */
async function conclusive(real: Player, lab: Player, tokens: boolean): Promise<Record<string, unknown>> {
  for (let waited = 0; ; waited += 100) {
    const differs = difference(await real.counters(), await lab.counters(), tokens);
    if (Object.keys(differs).length === 0 || waited >= PATIENCE_MS) return differs;
    await sleep(100);
  }
}
