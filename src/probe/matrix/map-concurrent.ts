/**
 * Maps items with an asynchronous function, at most `width` at a time, and returns the results in the order of the
 * items.
 * Once `over` returns true no further item is started; items already started finish. The first error is thrown once all
 * that were started have ended.
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  width: number,
  over: () => boolean,
  work: (item: Item, at: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && errors.length === 0 && !over()) {
      const at = next++;
      try {
        results[at] = await work(items[at] as Item, at);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  if (errors.length > 0) throw errors[0];
  // Entries stay empty for items that were not started.
  return results.filter((_, at) => at in results);
}
