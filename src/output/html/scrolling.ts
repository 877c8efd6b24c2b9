import { escapeHtml } from "./escape.js";

/** Wide tables scroll in a box of their own, which the keyboard reaches, so that the page itself never does. */
export const scrolling = (table: string, name: string, classes = "scroll"): string =>
  `<div class="${classes}" role="region" aria-label="${escapeHtml(name)}" tabindex="0">${table}</div>`;
