import type { MatrixCell } from "../../../../src/output/documents/matrix.js";
import type { Release } from "../support/releases.js";
import { type Expected, expectedOf, outcomeOf } from "./expected.js";

const nameOf = ({ endpoint, model, stream, ending }: Pick<MatrixCell, "endpoint" | "model" | "stream" | "ending">) =>
  `${endpoint} ${model} ${stream ? "stream" : "plain"} ${ending}`;

/** The cells that came out otherwise than the release's table says, a line each: `- ` expected, `+ ` seen. A cell that the table lacks is one too. */
export function differences(version: Release, cells: readonly MatrixCell[]): string[] {
  const expected = new Map(expectedOf(version).map((cell) => [nameOf(cell), cell.outcomes]));
  return cells.flatMap((cell) => {
    const [name, seen] = [nameOf(cell), outcomeOf(cell)];
    const wanted = expected.get(name) ?? ["no such cell"];
    return wanted.includes(seen) ? [] : [`- ${name}: ${wanted.join(" or ")}`, `+ ${name}: ${seen} (${cell.proof})`];
  });
}

/** Cells of the release's table that were not run. */
export function missing(version: Release, cells: readonly MatrixCell[]): Expected[] {
  const run = new Set(cells.map(nameOf));
  return expectedOf(version).filter((cell) => !run.has(nameOf(cell)));
}
