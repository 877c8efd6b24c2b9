import { expect, test } from "vitest";
import { MODELS } from "../matrix/expected.js";
import { runMatrix, surelyDifferent } from "../matrix/run.js";
import type { Scene } from "../support/scene.js";

/** Releases give slots back up to two seconds after the answer; what is still there after five is lost. */
const SETTLE_S = 5;

/** Cells of the matrix in which the release is known to leak, and healthy ones beside them, with a model of either provider. */
export function cellsStory(scene: Scene, only: readonly string[]) {
  test(`probe --matrix finds ${only.join(", ")} as they were measured`, async () => {
    const { operator, proxy } = scene;
    const cells = await runMatrix(operator, { only, models: MODELS, jobs: 4, settleS: SETTLE_S });
    expect(cells).toHaveLength(only.length * MODELS.length);
    expect(await surelyDifferent(operator, proxy.version, cells, SETTLE_S)).toEqual([]);
  });
}
