/**
 * A word of a line to be pasted, as a POSIX shell takes it: what stands in a file or a reply must not add commands to
 * that line.
 */
export const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
