/** Numbers in rising order, searched in O(log n). */
export type Sorted = Float64Array;

/** Copies and sorts numbers. */
export const sorted = (numbers: readonly number[]): Sorted => Float64Array.from(numbers).sort();

/** How many numbers are at most `value`. */
export const countUpTo = (numbers: Sorted, value: number): number => firstAt(numbers, (one) => one > value);

/** How many numbers are below `value`. */
export const countBelow = (numbers: Sorted, value: number): number => firstAt(numbers, (one) => one >= value);

/** Index of the first number for which the test is true; it must be true for all after it. */
function firstAt(numbers: Sorted, isTrue: (number: number) => boolean): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(numbers[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The largest of the numbers and `floor`. `Math.max` takes its numbers as arguments and fails at about a hundred
 * thousand.
 */
export function largest(numbers: Iterable<number>, floor = Number.NEGATIVE_INFINITY): number {
  let most = floor;
  for (const one of numbers) if (one > most) most = one;
  return most;
}

/** The smallest of the numbers and `ceiling`. */
export function smallest(numbers: Iterable<number>, ceiling = Number.POSITIVE_INFINITY): number {
  let least = ceiling;
  for (const one of numbers) if (one < least) least = one;
  return least;
}
