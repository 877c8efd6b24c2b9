/** Formats the time of a run or a call with three significant digits: `0.42 ms`, `12 ms`, `1.24 s`, `24.3 s`. */
export function formatMs(ms: number): string {
  if (ms === 0) return "0";
  const [value, unit] = ms < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${unit}`;
}
