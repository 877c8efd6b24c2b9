import type { Clock } from "../config/clock.js";
import { EXIT, LlmctlError } from "../errors.js";
import type { DumpDocument } from "../output/documents/dump.js";
import { changesBetween, type KeyChange } from "./changes.js";

/** One reading. */
export interface Frame {
  /** The newest known state: while Redis is unavailable, the last one. */
  readonly document: DumpDocument;
  readonly changes: readonly KeyChange[];
  /** Why there is no new reading; undefined when there is one. */
  readonly away?: string;
}

/** What a watch needs. */
export interface WatchSources {
  readonly read: () => Promise<DumpDocument>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads repeatedly until the signal is aborted. The first reading must succeed; after it Redis may be unavailable for a
 * time.
 */
export async function* watch({ read, everyMs, clock, signal }: WatchSources): AsyncGenerator<Frame> {
  let last: DumpDocument | undefined;
  while (!signal.aborted) {
    try {
      const document = await read();
      const changes = changesBetween(last?.keys, document.keys);
      last = document;
      yield { document, changes };
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof LlmctlError) || error.exit !== EXIT.unreachable || last === undefined) throw error;
      yield { document: last, changes: [], away: error.message };
    }
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}
