/** One line of a file of JSON lines; undefined for what is none, as the last one is that a crash tore. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
