/** Formats a count: `1 call`, `2 calls`. */
export const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
