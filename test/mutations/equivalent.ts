import type { Mutant } from "./run.js";

/** Changes that no test can tell, each with the reason. */
export const EQUIVALENT: readonly { readonly why: string; readonly matches: (mutant: Mutant) => boolean }[] = [];
