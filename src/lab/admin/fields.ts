import type { Reply } from "../answers/reply.js";
import type { Release } from "../release.js";
import { type AdminCall, invalid, wrapped } from "./call.js";
import type { KeyRow } from "./row.js";

const LIMITS = ["max_parallel_requests", "rpm_limit", "tpm_limit"] as const;
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, mo: 2_592_000 };

const integer = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[+-]?\d+$/.test(value.trim()) ? Number(value) : undefined;
};

/** 422 for a limit that is no whole number. */
export function checkLimits(release: Release, body: Readonly<Record<string, unknown>>): Reply | undefined {
  for (const field of LIMITS) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    const number = integer(value);
    const loc = ["body", field];
    if (number === undefined) {
      const msg = "Input should be a valid integer, unable to parse string as an integer";
      return invalid(release, "int_parsing", loc, msg, value);
    }
    if (!Number.isInteger(number)) {
      const msg = "Input should be a valid integer, got a number with a fractional part";
      return invalid(release, "int_from_float", loc, msg, value);
    }
  }
  return undefined;
}

/** Seconds of `30s`, `2h`, `7d`, `1mo`; undefined for anything else. */
export function durationSeconds(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+)(mo|[smhdw])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  return amount === undefined || seconds === undefined ? undefined : Number(amount) * seconds;
}

/**
 * When a key with this duration expires. An invalid one expires at the next midnight up to 1.80 and is refused later.
 */
export function expiryFor(call: AdminCall, duration: string): { at: number | null } | { refused: Reply } {
  const seconds = durationSeconds(duration);
  if (seconds !== undefined) return { at: call.now + seconds * 1000 };
  if (call.release.since(91)) return { refused: wrapped(call.release, 500, "Invalid duration format") };
  return { at: new Date(call.now).setUTCHours(24, 0, 0, 0) };
}

/** Sets the fields of a body. `null` removes a value; unknown fields are silently ignored. */
export function apply(row: KeyRow, body: Readonly<Record<string, unknown>>): void {
  for (const field of LIMITS) {
    if (field in body) row[field] = body[field] === null ? null : (integer(body[field]) ?? null);
  }
  for (const field of ["key_alias", "user_id", "team_id", "budget_duration"] as const) {
    const value = body[field];
    if (field in body) row[field] = typeof value === "string" ? value : null;
  }
  if ("max_budget" in body) row.max_budget = typeof body.max_budget === "number" ? body.max_budget : null;
  if (Array.isArray(body.models)) row.models = body.models.map(String);
  if (typeof body.metadata === "object" && body.metadata !== null) {
    row.metadata = { ...(body.metadata as Record<string, unknown>) };
  }
  if (typeof body.blocked === "boolean") row.blocked = body.blocked;
}
