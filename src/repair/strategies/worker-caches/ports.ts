import type { Clock } from "../../../config/clock.js";
import type { CallResult } from "../../../llm/call-result.js";

/** All that a refresh does to the world. */
export interface RefreshPorts {
  /** One small call with the key, on a connection of its own. */
  call(): Promise<CallResult>;
  /** Slots of the key in Redis, never below 0. */
  held(): Promise<number>;
  /** The key's limit as the proxy's database has it; null for none. */
  limit(): Promise<number | null>;
  /** Sets the limit, and sees to it that every worker knows. */
  setLimit(limit: number): Promise<void>;
  readonly clock: Clock;
  /** Ctrl-C: ends calls and waits, never the setting of a limit. */
  readonly signal: AbortSignal;
  progress(text: string): void;
}

const LOOK_MS = 100;

/**
 * Waits until Redis holds no more than `most` slots of the key; false when that did not come to pass within
 * `patienceMs`.
 */
export async function waitUntilHeldAtMost(
  { held, clock, signal }: Pick<RefreshPorts, "held" | "clock" | "signal">,
  most: number,
  patienceMs: number,
): Promise<boolean> {
  for (const start = clock.monotonic(); ; ) {
    if ((await held()) <= most) return true;
    if (clock.monotonic() - start >= patienceMs) return false;
    await clock.sleep(LOOK_MS, signal);
  }
}
