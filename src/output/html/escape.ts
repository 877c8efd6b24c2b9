const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as it may stand in an element or in a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** JSON as it may stand in a script element: only strings can hold a `<`, and there `\u003c` means the same. */
export const escapeJson = (json: string): string => json.replaceAll("<", "\\u003c");
