import { isDeepStrictEqual } from "node:util";
import type { KeyFields } from "../litellm/api/key-changes.js";
import type { KeyDocument } from "../output/documents/keys.js";
import { expiryAt, toleranceMs } from "./lifetime.js";

/** A field that was stored differently than requested. */
export type Change = KeyDocument["changed"][number];
type Row = Readonly<Record<string, unknown>>;

/**
 * Fields that a proxy's configuration may fill in for a new key (default_key_generate_params,
 * upperbound_key_generate_params).
 */
const FILLED_IN = ["max_parallel_requests", "rpm_limit", "tpm_limit", "max_budget", "team_id", "user_id"] as const;

/** Fields that a new key has without having been requested. */
export const unrequestedFields = (asked: KeyFields, stored: Row): Change[] => {
  const filled = FILLED_IN.filter((field) => asked[field] === undefined && (stored[field] ?? null) !== null);
  const changes = filled.map((field): Change => ({ field, asked: null, stored: stored[field] }));
  if (asked.models === undefined && Array.isArray(stored.models) && stored.models.length > 0) {
    changes.push({ field: "models", asked: [], stored: stored.models });
  }
  if (asked.duration === undefined && typeof stored.expires === "string") {
    changes.push({ field: "expires", asked: null, stored: stored.expires });
  }
  return changes;
};

/**
 * Fields that were stored differently than requested, or not at all. `madeAt`: the proxy's time in milliseconds at
 * which a lifetime began.
 */
export function changedFields(asked: KeyFields, stored: Row, madeAt: number): Change[] {
  // As JSON carries it: there −0 is 0.
  const { metadata, duration, ...plain } = JSON.parse(JSON.stringify(asked)) as KeyFields;
  const changes: Change[] = [];
  for (const [field, value] of Object.entries(plain)) {
    if (!isDeepStrictEqual(value, stored[field] ?? (Array.isArray(value) ? [] : null))) {
      changes.push({ field, asked: value, stored: stored[field] ?? null });
    }
  }
  const kept = (stored.metadata ?? {}) as Row;
  for (const [name, value] of Object.entries(metadata ?? {})) {
    if (!isDeepStrictEqual(value, kept[name]))
      changes.push({ field: `metadata.${name}`, asked: value, stored: kept[name] ?? null });
  }
  return duration === undefined ? changes : [...changes, ...changedEnd(duration, stored.expires ?? null, madeAt)];
}

function changedEnd(duration: string | null, expires: unknown, madeAt: number): Change[] {
  if (duration === null) return expires === null ? [] : [{ field: "expires", asked: null, stored: expires }];
  const end = expiryAt(duration, madeAt);
  const off = Math.abs(Date.parse(String(expires)) - end);
  if (off <= toleranceMs(duration)) return [];
  return [{ field: "expires", asked: new Date(end).toISOString(), stored: expires }];
}

/** Describes a change: `max_parallel_requests: asked 50, stored 10`. */
export const describeChange = ({ field, asked, stored }: Change): string =>
  asked === null
    ? `${field}: not asked for, stored ${JSON.stringify(stored)}`
    : `${field}: asked ${JSON.stringify(asked)}, stored ${JSON.stringify(stored)}`;
