import type { CallRecord } from "./events.js";

export interface KnownLimit {
  readonly value: number | null;
  readonly source: "flag" | "key-info" | "header" | "refusal" | "none";
}

/** What a call says of the limit, the header first. */
function limitsToldBy({ limitHeader, rejection }: CallRecord): number[] {
  const ofKey = rejection?.source === "parallel-limit" && (rejection.scope === null || /key/.test(rejection.scope));
  return [limitHeader, ofKey ? rejection.limit : null].filter((limit) => limit !== null);
}

/** What the calls say of the limit, in the order in which they said it. */
export const reportedLimits = (calls: readonly CallRecord[]): number[] => calls.flatMap(limitsToldBy);

/**
 * The limit by which to judge: what a flag or the key's row said, unless the limiter itself names another: it is the one that refuses.
 * A row in its database may be newer than what a worker remembers of it.
 */
export class LimitInForce {
  readonly #known: KnownLimit;
  /** Where each limit was named first; null stands for none. */
  readonly #sources = new Map<number | null, "header" | "refusal">();
  #told: number | undefined;

  constructor(known: KnownLimit) {
    this.#known = known;
  }

  /** A call has ended; calls are taken in the order in which they end. */
  add(call: CallRecord): void {
    const { limitHeader, rejection } = call;
    this.#named(limitHeader, "header");
    if (rejection) this.#named(rejection.limit, "refusal");
    this.#told = limitsToldBy(call).at(-1) ?? this.#told;
  }

  #named(limit: number | null, source: "header" | "refusal"): void {
    if (!this.#sources.has(limit)) this.#sources.set(limit, source);
  }

  get current(): KnownLimit {
    const value = this.#told;
    if (value === undefined || value === this.#known.value) return this.#known;
    return { value, source: this.#sources.get(value) ?? "refusal" };
  }
}

/** The same of all calls of a run. */
export function limitInForce(known: KnownLimit, calls: readonly CallRecord[]): KnownLimit {
  const limit = new LimitInForce(known);
  for (const call of calls) limit.add(call);
  return limit.current;
}
