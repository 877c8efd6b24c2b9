import type { CounterWrite, EndedCall, Release } from "../release.js";
import { sinceOf } from "../release.js";

const GIVES_BACK = new Set(["chat", "completions"]);

/**
 * Up to 1.80.7 (measured: 1.79.1). Messages and responses never release their slot, however they end, because their
 * callbacks do not find the key. Their rejected calls do not decrement either. A client that leaves changes nothing:
 * the call continues.
 */
export const windowedLeaky = (version: string): Release => ({
  version,
  shape: "windowed",
  since: sinceOf(version),
  outlivesClient: true,
  refusalLowers: (route) => GIVES_BACK.has(route),
  writesAtEnd({ route, ending }: EndedCall): readonly CounterWrite[] {
    if (!GIVES_BACK.has(route)) return [];
    const failed = ending === "failed" || ending === "unknown-model" || (ending === "cut" && route === "completions");
    return failed ? ["give-back-anew"] : ["give-back", "book"];
  },
});
