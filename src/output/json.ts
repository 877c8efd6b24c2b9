/** The document itself, for programs and for eyes. */
export const renderJson = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
