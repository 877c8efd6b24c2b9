const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for an element or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

/** Escapes JSON for a script element: only strings can contain a `<`, and there `\u003c` means the same. */
export const escapeJson = (json: string): string => json.replaceAll("<", "\\u003c");
