import type { Clock } from "../config/clock.js";
import { EXIT, LlmctlError } from "../errors.js";
import type { DumpDocument } from "../output/documents/dump.js";
import { changesBetween, type KeyChange } from "./changes.js";

/** One look. */
export interface Frame {
  /** The newest that is known: while Redis is away, the last one. */
  readonly document: DumpDocument;
  readonly changes: readonly KeyChange[];
  /** Why nothing new was seen; undefined when something was. */
  readonly away?: string;
}

export interface WatchSources {
  readonly read: () => Promise<DumpDocument>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks again and again until the signal comes. The first look has to succeed; after it Redis may go away and come back. */
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
