import { escapeHtml } from "./escape.js";

/** Wraps a wide table in a scrollable box that the keyboard reaches, so that the page itself never scrolls sideways. */
export const scrolling = (table: string, name: string, classes = "scroll"): string =>
  `<div class="${classes}" role="region" aria-label="${escapeHtml(name)}" tabindex="0">${table}</div>`;
