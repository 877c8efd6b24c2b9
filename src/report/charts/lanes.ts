/** An interval of time. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Assigns a lane to each span, so that overlapping spans lie in different lanes, with as few lanes as possible. In the
 * order of the spans.
 */
export function assignLanes(spans: readonly Span[]): number[] {
  const order = spans.map((_, index) => index).sort((a, b) => from(spans, a) - from(spans, b));
  const freeFrom: number[] = [];
  const lanes: number[] = [];
  for (const index of order) {
    const found = freeFrom.findIndex((at) => at <= from(spans, index));
    const lane = found < 0 ? freeFrom.length : found;
    freeFrom[lane] = spans[index]?.toMs ?? 0;
    lanes[index] = lane;
  }
  return lanes;
}

const from = (spans: readonly Span[], index: number): number => spans[index]?.fromMs ?? 0;

/** The number of open spans after each moment at which it changes. */
export function openOver(spans: readonly Span[]): [atMs: number, open: number][] {
  const changes = spans.flatMap(({ fromMs, toMs }) => [
    [fromMs, 1],
    [toMs, -1],
  ]) as [number, number][];
  // A span that ends at a moment ends before another begins at it.
  changes.sort(([a, up], [b, down]) => a - b || up - down);
  let open = 0;
  const steps: [number, number][] = [];
  for (const [atMs, change] of changes) {
    open += change;
    if (steps.at(-1)?.[0] === atMs) steps.pop();
    steps.push([atMs, open]);
  }
  return steps;
}
