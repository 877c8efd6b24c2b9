import type { Peek } from "./options.js";
import type { Store } from "./store.js";

/** One slot as {@link Limiter.list} saw it. */
export interface HeldSlot {
  readonly id: string;
  /** How long until it frees itself if it is not renewed, ms. */
  readonly expiresInMs: number;
}

/** A name becomes a hash tag, so it must not contain one. Throws a TypeError. */
export function checkName(name: string): string {
  if (name === "" || /[{}]/.test(name))
    throw new TypeError(`a limiter's name is not empty and has no braces: ${JSON.stringify(name)}`);
  return name;
}

/** Reads the state of one name. */
export async function peek(store: Store, name: string): Promise<Peek> {
  const view = await store.peek(checkName(name), false);
  const nextExpiryMs = view.oldest > 0 ? view.oldest - view.now : null;
  return {
    held: view.held,
    oldestMs: nextExpiryMs === null ? null : Math.max(0, view.ttlMs - nextExpiryMs),
    nextExpiryMs,
    seq: view.seq,
    limit: view.limit,
    recovering: view.recover > view.now,
  };
}

/** Reads the first 1,000 slots of one name. */
export async function list(store: Store, name: string): Promise<HeldSlot[]> {
  const { leases, now } = await store.peek(checkName(name), true);
  return leases
    .filter(({ deadline }) => deadline > now)
    .map(({ id, deadline }) => ({ id, expiresInMs: deadline - now }));
}
