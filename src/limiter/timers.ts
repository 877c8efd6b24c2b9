/**
 * The timers as they were when this module was loaded: fake timers of a test must not stop replies of a real server. Times that a caller
 * waits for come from the injected clock instead.
 */
const { setTimeout, clearTimeout, setImmediate, performance } = globalThis;
const nextTick = process.nextTick.bind(process);

export const realTimers = {
  now: () => performance.now(),
  setTimeout,
  clearTimeout,
  setImmediate,
  /** Runs `fn` when all that is ready in this turn has run. */
  nextTick,
};
