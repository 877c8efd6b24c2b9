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

/** `20%` or `0.2` as 0.2; above 0 and at most 1, or exit 2 naming `flag`. */
export function parseShare(text: string, flag: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? [];
  const value = Number(number) / (percent ? 100 : 1);
  if (!(value > 0 && value <= 1))
    throw usageError("bad-share", `${flag} ${text} is not a share`, `write it like ${flag} 20%`);
  return value;
}

/** Calls a second from `20/s`, `1200/m` or a bare `20`; above 0, or exit 2 naming `flag`. */
export function parseRate(text: string, flag: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text.trim()) ?? [];
  const perS = Number(number) / (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
  if (!(perS > 0)) throw usageError("bad-rate", `${flag} ${text} is not a rate`, `write it like ${flag} 20/s or 300/m`);
  return perS;
}
