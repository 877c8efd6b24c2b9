/** Works on what a source gives, up to `depth` pieces at once, so that the server is busy while we are; the results come in the source's order. */
export async function* ahead<T, R>(
  source: AsyncIterable<T>,
  depth: number,
  work: (piece: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for await (const piece of source) {
    const result = work(piece);
    // Its failure is told when its turn comes, not before.
    result.catch(() => undefined);
    started.push(result);
    if (started.length >= depth) yield await (started.shift() as Promise<R>);
  }
  for (const result of started) yield await result;
}
