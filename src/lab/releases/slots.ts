import type { CounterWrite, EndedCall, Release } from "../release.js";
import { sinceOf } from "../release.js";

/** From 1.103 on (measured: 1.109.1, where nothing was found to leak). Up to 1.108 a stream of messages by an OpenAI model that the provider cuts does. */
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
