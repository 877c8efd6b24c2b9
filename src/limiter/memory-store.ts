import type { Clock } from "./clock.js";
import { systemClock } from "./clock.js";
import { MemoryName } from "./memory-name.js";
import type { Store } from "./store.js";

/** The same contract within one process: the default where there is no Redis, and the model in tests. Limiters that share it share its slots. */
export function memoryStore(options: { clock?: Clock } = {}): Store {
  const clock = options.clock ?? systemClock;
  const names = new Map<string, MemoryName>();
  const wakes = new Map<string, () => void>();
  let sweepAt = 1_024;
  const now = () => Math.floor(clock.monotonic()) + 1;
  const of = (name: string) => {
    let found = names.get(name);
    if (!found) {
      found = new MemoryName(
        (process) => wakes.get(`${name} ${process}`)?.(),
        () => Math.floor(clock.wall()) * 1_000,
      );
      names.set(name, found);
      if (names.size > sweepAt) {
        for (const [other, state] of names) if (other !== name && state.forgettable(now())) names.delete(other);
        sweepAt = Math.max(1_024, 2 * names.size);
      }
    }
    return found;
  };
  return {
    async acquire(name, call) {
      return of(name).acquire(call, now());
    },
    async acquireAll(calls) {
      const at = now();
      const full = [...calls].map(([name, call]) => of(name).room(call, at) < 1);
      const any = full.includes(true);
      return [...calls].map(([name, call], index) =>
        any ? of(name).refuse(full[index] === true, at) : of(name).acquire(call, at),
      );
    },
    async renew(name, call) {
      return of(name).renew(call, now());
    },
    async release(name, call) {
      const at = now();
      return { now: at, removed: of(name).release(call, at) };
    },
    async peek(name, list) {
      return of(name).peek(now(), list);
    },
    listen(name, process, wake) {
      const key = `${name} ${process}`;
      wakes.set(key, wake);
      return () => void wakes.delete(key);
    },
    domain: () => "",
    attach: () => async () => {},
  };
}
