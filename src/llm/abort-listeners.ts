/** Who is to be told when a signal is aborted. */
interface AbortListener {
  interrupt(): void;
}

const listening = new WeakMap<AbortSignal, Set<AbortListener>>();

/**
 * The set of those who hear of this signal's abort. One listener serves them all: an EventTarget walks through every listener that it has
 * whenever one comes or goes, which thousands of calls in flight would pay for.
 */
export function abortListenersOf(signal: AbortSignal): Set<AbortListener> {
  const known = listening.get(signal);
  if (known) return known;
  const all = new Set<AbortListener>();
  listening.set(signal, all);
  signal.addEventListener(
    "abort",
    () => {
      for (const one of [...all]) one.interrupt();
    },
    { once: true },
  );
  return all;
}
