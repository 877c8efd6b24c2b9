import type { Counter } from "./counter.js";

/** What includes counters of others: naming their namespace, a whole Redis key, or all. */
export function howToInclude(others: readonly Counter[]): string {
  const namespaces = new Set(others.flatMap(({ name }) => (name.namespace === null ? [] : [name.namespace])));
  const [only] = namespaces;
  const named = namespaces.size === 1 ? `--redis-namespace ${only}` : "--redis-namespace <name>";
  return `${namespaces.size > 0 ? `${named}, ` : ""}--key <Redis key> or --all-namespaces includes them`;
}
