/** `1 call`, `2 calls`. */
export const many = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
