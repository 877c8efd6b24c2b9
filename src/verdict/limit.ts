import type { CallRecord } from "./events.js";

/** A limit and where it comes from. */
export interface KnownLimit {
  readonly value: number | null;
  readonly source: "flag" | "key-info" | "header" | "refusal" | "none";
}

/** The limits that a call reports, its header first. */
function limitsReportedBy({ limitHeader, rejection }: CallRecord): number[] {
  const ofKey = rejection?.source === "parallel-limit" && (rejection.scope === null || /key/.test(rejection.scope));
  return [limitHeader, ofKey ? rejection.limit : null].filter((limit) => limit !== null);
}

/** The limits that the calls report, in that order. */
export const reportedLimits = (calls: readonly CallRecord[]): number[] => calls.flatMap(limitsReportedBy);

/**
 * The limit to judge by: the one of a flag or of the key's row, unless the limiter itself names another, because it is
 * the one that rejects. A row in the database may be newer than what a worker has cached.
 */
export class LimitInForce {
  readonly #known: KnownLimit;
  /** Where each limit was named first; null stands for no limit. */
  readonly #sources = new Map<number | null, "header" | "refusal">();
  #reported: number | undefined;

  constructor(known: KnownLimit) {
    this.#known = known;
  }

  /** Adds a call that has ended, in the order of ending. */
  add(call: CallRecord): void {
    const { limitHeader, rejection } = call;
    this.#named(limitHeader, "header");
    if (rejection) this.#named(rejection.limit, "refusal");
    this.#reported = limitsReportedBy(call).at(-1) ?? this.#reported;
  }

  #named(limit: number | null, source: "header" | "refusal"): void {
    if (!this.#sources.has(limit)) this.#sources.set(limit, source);
  }

  get current(): KnownLimit {
    const value = this.#reported;
    if (value === undefined || value === this.#known.value) return this.#known;
    return { value, source: this.#sources.get(value) ?? "refusal" };
  }
}

/** The limit in force after all calls of a run. */
export function limitInForce(known: KnownLimit, calls: readonly CallRecord[]): KnownLimit {
  const limit = new LimitInForce(known);
  for (const call of calls) limit.add(call);
  return limit.current;
}
