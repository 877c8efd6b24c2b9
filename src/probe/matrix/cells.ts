import { usageError } from "../../errors.js";
import { ENDPOINT_NAMES, type EndpointName } from "../../llm/endpoints/index.js";
import type { ProbeOptions } from "../options.js";
import { CELL_ENDING_NAMES, CELL_ENDINGS, type CellEnding, type CellEndingName } from "./endings.js";

/** One combination of endpoint, mode and ending. */
export interface Cell {
  readonly name: EndpointName;
  readonly stream: boolean;
  readonly ending: CellEndingName;
}

/** `--only` and `--skip`, as typed. */
export interface CellFilter {
  readonly only?: string | undefined;
  readonly skip?: string | undefined;
}

const MODES = ["plain", "stream"] as const;
const modeOf = ({ stream }: Cell): string => (stream ? "stream" : "plain");

/**
 * All sensible combinations of endpoint, mode and ending that the filter selects. `--only chat,messages/stream/cut`
 * selects, `--skip` leaves out. Exit 2 for an unknown word.
 */
export function createCells({ only, skip }: CellFilter): Cell[] {
  const cells = ENDPOINT_NAMES.flatMap((name) =>
    MODES.flatMap((mode) => CELL_ENDING_NAMES.map((ending): Cell => ({ name, stream: mode === "stream", ending }))),
  );
  const picked = only === undefined ? () => true : matcher(only, "--only");
  const left = skip === undefined ? () => false : matcher(skip, "--skip");
  const wanted = cells.filter((cell) => endingOf(cell).streams !== true || cell.stream);
  const chosen = wanted.filter((cell) => picked(cell) && !left(cell));
  if (chosen.length > 0) return chosen;
  throw usageError({
    code: "empty-matrix",
    message: "--only and --skip leave no cell",
    hint: "see what there is: llmctl probe --matrix --dry-run --key-file key.txt",
  });
}

/** A cell fits an item when it has all the item's words: `messages`, `stream/cut`, `chat/plain/completed`. */
function matcher(text: string, flag: string): (cell: Cell) => boolean {
  const known: readonly string[] = [...ENDPOINT_NAMES, ...MODES, ...CELL_ENDING_NAMES];
  const items = text.split(",").map((item) => item.trim().split("/"));
  const odd = items.flat().find((word) => !known.includes(word));
  if (odd !== undefined) {
    throw usageError({
      code: "unknown-cell",
      message: `${flag} ${odd} is no part of a cell`,
      hint: `use words of: ${known.join(", ")}`,
    });
  }
  return (cell) => items.some((words) => words.every((word) => [cell.name, modeOf(cell), cell.ending].includes(word)));
}

const endingOf = ({ ending }: Cell): CellEnding => CELL_ENDINGS[ending];

/** Only a provider that obeys the prompt can end calls this way. */
export const needsScript = (cell: Cell): boolean => endingOf(cell).scripted === true;

/** The options of one cell, derived from those of the matrix. */
export const cellOptions = (cell: Cell, options: ProbeOptions, scripted: boolean): ProbeOptions => ({
  ...options,
  stream: cell.stream,
  ...endingOf(cell).change(options, scripted),
});
