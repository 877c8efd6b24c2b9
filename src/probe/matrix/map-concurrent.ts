/**
 * Does the work of every item, at most `width` at a time, and returns what came of it in the order of the items. When `over` says so, nothing
 * more is begun, and what was begun ends. The first error is thrown once all that was begun has ended.
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
  // Places stay empty where nothing was begun.
  return results.filter((_, at) => at in results);
}
