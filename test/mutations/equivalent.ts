/** A change that no test can tell from the original. */
interface Equivalent {
  /** From the root on: `src/verdict/leak.ts`. */
  readonly file: string;
  /** The line as it stands, trimmed. */
  readonly line: string;
  /** What is put in place of what, trimmed; in every such place of the line. */
  readonly change: readonly [before: string, after: string];
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
