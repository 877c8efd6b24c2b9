import { ENDPOINT_NAMES, endpoints } from "../../../../src/llm/endpoints/index.js";
import type { MatrixCell, MatrixDocument } from "../../../../src/output/documents/matrix.js";
import type { Operator } from "../support/operator.js";
import type { Release } from "../support/releases.js";
import { differences } from "./compare.js";

export interface MatrixRun {
  /** As `--only` takes them; all when left out. */
  readonly only?: readonly string[];
  readonly models: readonly string[];
  /** Cells at once. */
  readonly jobs: number;
  /** Seconds that a cell waits for slots. */
  readonly settleS: number;
}

/** Runs `probe --matrix` with a key of its own for each cell. */
export async function runMatrix(operator: Operator, { only, models, jobs, settleS }: MatrixRun): Promise<MatrixCell[]> {
  const keys = ["--temp-key", "--mpr", "3", "--rpm", "1000"];
  const what = ["--scripted", "--model", models.join(","), ...(only ? ["--only", only.join(",")] : [])];
  const how = ["--jobs", `${jobs}`, "--settle", `${settleS}s`];
  const { json } = await operator.runWith({ timeout: 1_400_000 }, "probe", "--matrix", ...keys, ...what, ...how);
  return (json() as MatrixDocument).cells;
}

/**
 * The cells that come out otherwise than their release's table says. On a machine that is busy with other things slots may be late for once,
 * so such a cell is run twice more with nothing beside it, and is left out when it is as expected both times.
 */
export async function surelyDifferent(
  operator: Operator,
  version: Release,
  cells: readonly MatrixCell[],
  settleS: number,
): Promise<string[]> {
  const odd = cells.filter((cell) => differences(version, [cell]).length > 0);
  const sure: string[] = [];
  for (const cell of odd) {
    const only = [wordsOf(cell)];
    for (let take = 0; take < 2; take++) {
      const seen = await runMatrix(operator, { only, models: [cell.model], jobs: 1, settleS });
      const still = differences(version, seen);
      if (still.length === 0) continue;
      sure.push(...still);
      break;
    }
  }
  return sure;
}

const wordsOf = ({ endpoint, stream, ending }: MatrixCell): string =>
  `${ENDPOINT_NAMES.find((name) => endpoints[name].path === endpoint)}/${stream ? "stream" : "plain"}/${ending}`;
