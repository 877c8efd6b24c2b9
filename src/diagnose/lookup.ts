import { EXIT, LlmctlError } from "../errors.js";

/** Something the checks build on, or why it is not known. */
export type Fact<T> = { readonly known: true; readonly value: T } | Unknown;

export interface Unknown {
  readonly known: false;
  readonly why: string;
  /** What to type, so that it is known the next time. */
  readonly advice: string;
  /** True when it was asked for and not got; false when nobody said where to ask. */
  readonly failed: boolean;
  /** The error itself, when it was asked for and not got. */
  readonly error?: LlmctlError;
}

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const notAsked = (why: string, advice = ""): Unknown => ({ known: false, why, advice, failed: false });

/** Awaits `work`; an error for a person becomes an unknown fact. Ctrl-C, wrong words and defects are thrown. */
export async function learn<T>(work: Promise<T>): Promise<Fact<T>> {
  try {
    return known(await work);
  } catch (error) {
    if (!(error instanceof LlmctlError) || error.exit === EXIT.interrupted || error.exit === EXIT.usage) throw error;
    return { known: false, why: error.message, advice: error.hint ?? "", failed: true, error };
  }
}

/** The value, or `instead` where it is not known. */
export const valueOr = <T, I>(fact: Fact<T>, instead: I): T | I => (fact.known ? fact.value : instead);
