import type { CounterWrite, EndedCall, Release } from "../release.js";
import { sinceOf } from "../release.js";

/**
 * From 1.103 on (measured: 1.109.1, where no leak was found). Up to 1.108, a messages stream of an OpenAI model that
 * the provider cuts leaks.
 */
export function slots(version: string): Release {
  const since = sinceOf(version);
  return {
    version,
    shape: "slots",
    since,
    outlivesClient: false,
    refusalLowers: () => false,
    writesAtEnd({ route, provider, stream, ending }: EndedCall): readonly CounterWrite[] {
      if (ending === "failed" || ending === "unknown-model") return ["give-back", "refund"];
      const left = ending === "aborted" || (ending === "abandoned" && stream);
      if (left && route === "completions") return ["give-back"];
      if (ending !== "cut") return ["give-back", "book"];
      return !since(109) && route === "messages" && provider === "openai" ? [] : ["give-back", "book-reserved"];
    },
  };
}
