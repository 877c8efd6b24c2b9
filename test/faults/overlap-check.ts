/** From the moment a holder knew of its slot until it let go or its own deadline came, in ms of one monotonic clock. */
export interface Held {
  readonly from: number;
  readonly to: number;
  readonly who: string;
}

export interface Excess {
  /** The most that held at one instant. */
  readonly most: number;
  /** How many more than the limit, at worst; 0 when the limit was kept. */
  readonly over: number;
  /** For how long more than the limit held, ms. */
  readonly overMs: number;
}

/** Goes through all instants in order and counts who holds: the one judge of every limiter here, ours or a rival's. */
export function sweep(held: readonly Held[], limit: number): Excess {
  const moves = held
    .filter(({ from, to }) => to > from)
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    // Whoever stops at an instant does not meet whoever starts at it.
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let count = 0;
  let most = 0;
  let overMs = 0;
  let since = 0;
  for (const { at, by } of moves) {
    if (count > limit) overMs += at - since;
    since = at;
    count += by;
    most = Math.max(most, count);
  }
  return { most, over: Math.max(0, most - limit), overMs };
}
