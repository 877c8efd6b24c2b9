import type { DumpKey } from "../output/documents/dump.js";

/** How a key changed between two readings; `present` is what the first reading finds. */
export interface KeyChange {
  readonly change: "present" | "appeared" | "changed" | "gone";
  /** The key now, or when it was last seen. */
  readonly key: DumpKey;
  /** Null where there was no key, or no count of calls. */
  readonly heldBefore: number | null;
}

/** What changed since the last reading. Passing time is no change, so neither the TTL nor an age counts. */
export function changesBetween(before: readonly DumpKey[] | undefined, now: readonly DumpKey[]): KeyChange[] {
  if (before === undefined) return now.map((key) => ({ change: "present", key, heldBefore: null }));
  const old = new Map(before.map((key) => [key.key, key]));
  const changes: KeyChange[] = [];
  for (const key of now) {
    const then = old.get(key.key);
    old.delete(key.key);
    if (then === undefined) changes.push({ change: "appeared", key, heldBefore: null });
    else if (differs(then, key)) changes.push({ change: "changed", key, heldBefore: then.held });
  }
  for (const key of old.values()) changes.push({ change: "gone", key, heldBefore: key.held });
  return changes;
}

const COMPARED = ["type", "shape", "held", "limit", "state"] as const;

const differs = (a: DumpKey, b: DumpKey): boolean =>
  COMPARED.some((field) => a[field] !== b[field]) || (a.ttlMs === -1) !== (b.ttlMs === -1);
