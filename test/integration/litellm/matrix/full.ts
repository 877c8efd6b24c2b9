import { describe, expect, test } from "vitest";
import type { Release } from "../support/releases.js";
import { sceneOf } from "../support/scene.js";
import { missing } from "./compare.js";
import { MODELS, PROXY_TIMEOUT_S, SETTLE_S } from "./expected.js";
import { runMatrix, surelyDifferent } from "./run.js";

/** Cells at once: with more of them two cores would be too busy for slots to come back in time. */
const JOBS = 4;

/** Every cell of the matrix on a real release, with a model of either provider behind each route. About five minutes on two cores. */
export function fullMatrix(version: Release): void {
  describe(`the matrix on LiteLLM ${version}`, () => {
    const scene = sceneOf(version, { database: true, requestTimeout: PROXY_TIMEOUT_S });

    test("comes out as its table says", { timeout: 1_500_000 }, async () => {
      const cells = await runMatrix(scene.operator, { models: MODELS, jobs: JOBS, settleS: SETTLE_S });
      expect(missing(version, cells)).toEqual([]);
      const different = await surelyDifferent(scene.operator, version, cells, SETTLE_S);
      expect(different.join("\n"), "- as the table has it, + as it came out").toBe("");
    });
  });
}
