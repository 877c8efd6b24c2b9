/** Runs several sources concurrently and yields their items in order of arrival. The first error ends all. */
export async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const step = (source: AsyncGenerator<T>) => {
    const next = source.next().then((result) => ({ source, result }));
    // It may fail while the consumer is busy; the error is thrown when the consumer comes back.
    next.catch(() => undefined);
    return next;
  };
  const running = new Map(sources.map((source) => [source, step(source)]));
  try {
    while (running.size > 0) {
      const { source, result } = await Promise.race(running.values());
      if (result.done) running.delete(source);
      else {
        running.set(source, step(source));
        yield result.value;
      }
    }
  } finally {
    // The pending items of the others may still fail; only the first error is thrown.
    await Promise.allSettled([...running.values()]);
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}
