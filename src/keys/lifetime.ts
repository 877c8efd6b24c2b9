import { usageError } from "../errors.js";

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * LiteLLM's format of durations: `30s`, `12h`, `30d`, `2w`, `1mo`. It parses only the beginning (`2 days` is 2 without
 * a unit), so llmctl checks all of it.
 */
const LIFETIME = /^([1-9]\d{0,8})(s|m|h|d|w|mo)$/;

/**
 * Validates a duration for LiteLLM; otherwise exit 2. LiteLLM 1.79 accepts any text and ends the key at the next
 * midnight.
 */
export function parseLifetime(text: string, flag: string): string {
  const trimmed = text.trim();
  if (LIFETIME.test(trimmed)) return trimmed;
  throw usageError({
    code: "bad-duration",
    message: `${flag} ${text} is not a time`,
    hint: "write it like 30s, 15m, 12h, 30d, 2w or 1mo",
  });
}

/** When a key created at `from` should expire, in milliseconds since 1970. */
export function expiryAt(lifetime: string, from: number): number {
  const [, number, unit] = LIFETIME.exec(lifetime) ?? [];
  const count = Number(number);
  return unit === "mo" ? addMonths(from, count) : from + count * UNITS[unit as keyof typeof UNITS];
}

/** The same day `months` later, or the last day of that month. */
function addMonths(from: number, months: number): number {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, last));
}

/**
 * How far an expiry may differ from the requested one, in milliseconds: clocks differ, and months are counted in local
 * time.
 */
export const toleranceMs = (lifetime: string): number => (lifetime.endsWith("mo") ? 26 * 3_600_000 : 10_000);
