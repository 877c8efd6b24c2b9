import { usageError } from "../errors.js";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses `500ms`, `65s`, `15m`, `2h`, `1d` to milliseconds; a number without a unit is seconds. Anything else is exit 2
 * naming `flag`.
 */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match)
    throw usageError({
      code: "bad-duration",
      message: `${flag} ${text} is not a time`,
      hint: `write it like 500ms, 65s, 15m or 2h`,
    });
  return Number(match[1]) * UNITS[(match[2] ?? "s") as keyof typeof UNITS];
}

/** Parses a whole number of at least `least`; otherwise exit 2 naming `flag`. */
export function parseCount(text: string, flag: string, least = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < least) {
    throw usageError({
      code: "bad-number",
      message: `${flag} ${text} is not a whole number of ${least} or more`,
      hint: `for example: ${flag} ${Math.max(least, 5)}`,
    });
  }
  return value;
}

/** Parses `20%` or `0.2` to 0.2; above 0 and at most 1, otherwise exit 2 naming `flag`. */
export function parseShare(text: string, flag: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? [];
  const value = Number(number) / (percent ? 100 : 1);
  if (!(value > 0 && value <= 1))
    throw usageError({
      code: "bad-share",
      message: `${flag} ${text} is not a share`,
      hint: `write it like ${flag} 20%`,
    });
  return value;
}

/** Parses calls a second from `20/s`, `1200/m` or `20`; above 0, otherwise exit 2 naming `flag`. */
export function parseRate(text: string, flag: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text.trim()) ?? [];
  const perS = Number(number) / (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
  if (!(perS > 0))
    throw usageError({
      code: "bad-rate",
      message: `${flag} ${text} is not a rate`,
      hint: `write it like ${flag} 20/s or 300/m`,
    });
  return perS;
}
