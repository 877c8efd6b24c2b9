import { join } from "node:path";
import { parseLog } from "../config/ndjson-log.js";
import type { ProbeEvent } from "../verdict/events.js";
import { type RunEnd, type RunHeader, runLine } from "./schema.js";

/** What a run file holds. */
export interface RecordedRun {
  readonly path: string;
  readonly header: RunHeader;
  readonly events: readonly ProbeEvent[];
  /** Null when the run was killed. */
  readonly end: RunEnd | null;
}

/** The folder of all recorded runs. */
export const runsDir = (stateDir: string): string => join(stateDir, "runs");

/**
 * A run from the text of its file; undefined when it has no header of this version. Lines of a kind not known here are
 * left out.
 */
export function parseRun(path: string, text: string): RecordedRun | undefined {
  const lines = parseLog(text, runLine);
  const header = lines.find((one) => one.kind === "run");
  if (!header) return undefined;
  return {
    path,
    header,
    events: lines.filter((one) => one.kind === "call" || one.kind === "slots"),
    end: lines.findLast((one) => one.kind === "end") ?? null,
  };
}
