/**
 * Processes up to `depth` items of a source at once, so that the server works while we do. Results come in the order of
 * the source.
 */
export async function* ahead<T, R>(
  source: AsyncIterable<T>,
  depth: number,
  work: (piece: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for await (const piece of source) {
    const result = work(piece);
    // Its error is thrown when its turn comes, not before.
    result.catch(() => undefined);
    started.push(result);
    if (started.length >= depth) yield await (started.shift() as Promise<R>);
  }
  for (const result of started) yield await result;
}
