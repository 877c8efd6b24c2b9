/** Numbers in rising order, to be searched in log n. */
export type Sorted = Float64Array;

export const sorted = (numbers: readonly number[]): Sorted => Float64Array.from(numbers).sort();

/** How many of them are at most this one. */
export const countUpTo = (numbers: Sorted, value: number): number => firstAt(numbers, (one) => one > value);

/** How many of them are below this one. */
export const countBelow = (numbers: Sorted, value: number): number => firstAt(numbers, (one) => one >= value);

/** Where the first number stands for which the question is true, as it is for all after it. */
function firstAt(numbers: Sorted, isTrue: (number: number) => boolean): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(numbers[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The largest of them and of `floor`. `Math.max` takes its numbers as arguments, of which a hundred thousand are too many. */
export function largest(numbers: Iterable<number>, floor = Number.NEGATIVE_INFINITY): number {
  let most = floor;
  for (const one of numbers) if (one > most) most = one;
  return most;
}

/** The smallest of them and of `ceiling`. */
export function smallest(numbers: Iterable<number>, ceiling = Number.POSITIVE_INFINITY): number {
  let least = ceiling;
  for (const one of numbers) if (one < least) least = one;
  return least;
}
