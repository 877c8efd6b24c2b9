import type { CallRecord } from "./history.js";

export interface KnownLimit {
  readonly value: number | null;
  readonly source: "flag" | "key-info" | "header" | "refusal" | "none";
}

/** What the calls say of the limit, in the order in which they said it. */
export const toldLimits = (calls: readonly CallRecord[]): number[] =>
  calls.flatMap((call) => {
    const refusal = call.rejection;
    const ofKey = refusal?.source === "parallel-limit" && (refusal.scope === null || /key/.test(refusal.scope));
    return [call.limitHeader, ofKey ? refusal.limit : null].filter((limit) => limit !== null);
  });

/**
 * The limit by which to judge: what a flag or the key's row said, unless the limiter itself names another: it is the one that refuses.
 * A row in its database may be newer than what a worker remembers of it.
 */
export function limitInForce(known: KnownLimit, calls: readonly CallRecord[]): KnownLimit {
  const told = toldLimits(calls).at(-1);
  if (told === undefined || told === known.value) return known;
  const header = calls.findIndex((call) => call.limitHeader === told);
  const refusal = calls.findIndex((call) => call.rejection?.limit === told);
  const byHeader = header !== -1 && (refusal === -1 || header <= refusal);
  return { value: told, source: byHeader ? "header" : "refusal" };
}
