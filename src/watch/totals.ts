import type { DoctorTick } from "../output/documents/doctor-tick.js";
import { plural } from "../terminal/plural.js";

/** Counts of a whole watch. */
export interface Totals {
  readonly ticks: number;
  readonly skipped: number;
  /** Ticks without an answer from Redis. */
  readonly away: number;
  readonly repaired: number;
  readonly refused: number;
  readonly failed: number;
}

export const NO_TICKS: Totals = { ticks: 0, skipped: 0, away: 0, repaired: 0, refused: 0, failed: 0 };

export const addTick = (sum: Totals, tick: DoctorTick): Totals => ({
  ticks: sum.ticks + 1,
  skipped: sum.skipped + tick.skipped,
  away: sum.away + (tick.outcome === "away" ? 1 : 0),
  repaired: sum.repaired + tick.repaired,
  refused: sum.refused + tick.refused,
  failed: sum.failed + tick.failed,
});

/** In words: for the foot of the screen, and for the end. */
export function describeTotals({ ticks, skipped, away, repaired, refused, failed }: Totals): string {
  const parts = [plural(ticks, "tick"), `${plural(repaired, "repair")} made`];
  if (refused > 0) parts.push(`${refused} refused`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (away > 0) parts.push(`${away} without an answer from Redis`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(", ");
}
