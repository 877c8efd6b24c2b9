import { usageError } from "../errors.js";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `65s`, `15m`, `2h`, `1d` in milliseconds; a bare number is seconds. Anything else is exit 2 naming `flag`. */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) throw usageError("bad-duration", `${flag} ${text} is not a time`, `write it like 500ms, 65s, 15m or 2h`);
  return Number(match[1]) * UNITS[(match[2] ?? "s") as keyof typeof UNITS];
}

/** A whole number of at least `least`, or exit 2 naming `flag`. */
export function parseCount(text: string, flag: string, least = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < least) {
    throw usageError(
      "bad-number",
      `${flag} ${text} is not a whole number of ${least} or more`,
      `for example: ${flag} ${Math.max(least, 5)}`,
    );
  }
  return value;
}
