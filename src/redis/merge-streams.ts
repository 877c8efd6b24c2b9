/** Runs several sources side by side and gives what they give, in the order in which it comes. The first error ends all. */
export async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const step = (source: AsyncGenerator<T>) => {
    const next = source.next().then((result) => ({ source, result }));
    // It may fail while our reader is busy; it is told when the reader comes back.
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
    // What the others had under way may still fail; the first error is the one to tell.
    await Promise.allSettled([...running.values()]);
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}
