/** Tokens of one answer, as the provider reports them or, where it does not, as LiteLLM's tokenizer counts them. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** What the scripted model reports. */
export const REPORTED: Usage = { input: 5, output: 3 };

/**
 * A chat stream of an OpenAI model carries no usage, so LiteLLM counts: seven tokens around one user message, the
 * prompt, and each piece `hi ` with one more at the end. Exact for English words, signs and numbers of up to three
 * digits each; close for other text.
 */
export const countedUsage = (prompt: string, pieces: number): Usage => ({
  input: 7 + (prompt.match(/[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]/g)?.length ?? 0),
  output: pieces + 1,
});

/** Tokens above which a call without a limit of its own may be rejected. */
const FLOOR = 1024;

/**
 * The tokens that a release reserves for a call: one for every four characters of the prompt and the longest answer
 * allowed; without such a limit a quarter of the key's own, at most {@link FLOOR}.
 */
export function estimate(
  characters: number,
  maxTokens: number | undefined,
  tpmLimit: number,
  answerCounts: boolean,
): number {
  const input = characters === 0 ? 0 : Math.max(1, Math.floor(characters / 4));
  const floor = Math.min(FLOOR, Math.max(1, Math.floor(tpmLimit / 4)));
  if (!answerCounts) return Math.max(1, input);
  return Math.max(1, input + (maxTokens ?? (input === 0 ? 0 : Math.max(input, floor))));
}
