/** The instructions of the last user message to the scripted model. */
export interface ScriptedAnswer {
  /** Before the first byte, in milliseconds. */
  readonly waitMs: number;
  readonly status: number;
  /** Pieces of a stream, and the milliseconds after each. */
  readonly chunks: number;
  readonly gapMs: number;
  /** Never answers. */
  readonly hang: boolean;
  /** Breaks off half way through a stream. */
  readonly cut: boolean;
}

/**
 * Parses `wait=3000 status=500 chunks=10 gap=100 hang cut`; other words are ignored. `answerMs`: milliseconds of an
 * answer without `wait`.
 */
export function parseScriptedAnswer(prompt: string, answerMs: number): ScriptedAnswer {
  const words = prompt.split(/\s+/);
  const number = (name: string, fallback: number) => {
    const value = Number(words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1));
    return Number.isFinite(value) && value >= 0 ? value : fallback;
  };
  return {
    waitMs: number("wait", answerMs),
    status: number("status", 200),
    chunks: number("chunks", 3),
    gapMs: number("gap", 20),
    hang: words.includes("hang"),
    cut: words.includes("cut"),
  };
}
