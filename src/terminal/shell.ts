/** Quotes a word for a POSIX shell, so that text from a file or a reply cannot add commands to a suggested line. */
export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
