import type { Span } from "./lanes.js";

/** The intervals in which something happened, and the idle ones between them that an axis leaves out. */
export interface TimeScale {
  readonly minMs: number;
  readonly maxMs: number;
  readonly breaks: readonly Span[];
}

/** An idle interval is left out when it is longer than this share of all busy time. */
const LONG = 0.5;
/** Margin beside busy intervals, as a share of the same. */
const MARGIN = 0.03;
/** Milliseconds: no interval is drawn shorter. */
const SHORTEST = 4;

/** Calls last milliseconds and waits last seconds: without breaks a probe's calls would be hairlines. */
export function timeScale(spans: readonly Span[]): TimeScale {
  const sorted = [...spans].sort((a, b) => a.fromMs - b.fromMs);
  const first = sorted[0];
  if (!first) return { minMs: 0, maxMs: 1, breaks: [] };
  const busyMs = Math.max(
    SHORTEST,
    union(sorted, 0).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
  );
  const margin = Math.max(SHORTEST / 2, MARGIN * busyMs);
  const stretches = union(sorted, Math.max(LONG * busyMs, 3 * margin));
  const breaks = stretches.slice(1).map((stretch, index) => ({
    fromMs: (stretches[index]?.toMs ?? 0) + margin,
    toMs: stretch.fromMs - margin,
  }));
  return {
    minMs: Math.max(0, first.fromMs - margin),
    maxMs: (stretches.at(-1)?.toMs ?? 0) + margin,
    breaks,
  };
}

/** Joins spans that overlap or are at most `gapMs` apart; they must be sorted by start. */
function union(sorted: readonly Span[], gapMs: number): Span[] {
  const joined: Span[] = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (last && span.fromMs - last.toMs <= gapMs) {
      joined[joined.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    } else joined.push(span);
  }
  return joined;
}
