import { EXIT, LlmctlError } from "../errors.js";

/** Something the checks build on, or why it is not known. */
export type Lookup<T> = { readonly known: true; readonly value: T } | Missing;

export interface Missing {
  readonly known: false;
  readonly why: string;
  /** What to type, so that it is known the next time. */
  readonly advice: string;
  /** True when it was asked for and not got; false when nobody said where to ask. */
  readonly failed: boolean;
  /** The error itself, when it was asked for and not got. */
  readonly error?: LlmctlError;
}

export const known = <T>(value: T): Lookup<T> => ({ known: true, value });
export const notConfigured = (why: string, advice = ""): Missing => ({ known: false, why, advice, failed: false });

/** Awaits `work`; an error for a person becomes an unknown fact. Ctrl-C, wrong words and defects are thrown. */
export async function lookup<T>(work: Promise<T>): Promise<Lookup<T>> {
  try {
    return known(await work);
  } catch (error) {
    if (!(error instanceof LlmctlError) || error.exit === EXIT.interrupted || error.exit === EXIT.usage) throw error;
    return { known: false, why: error.message, advice: error.hint ?? "", failed: true, error };
  }
}

/** The value, or `instead` where it is not known. */
export const valueOr = <T, I>(fact: Lookup<T>, instead: I): T | I => (fact.known ? fact.value : instead);
