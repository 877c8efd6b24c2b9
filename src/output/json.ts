/** Renders the document as indented JSON. */
export const renderJson = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
