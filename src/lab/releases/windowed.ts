import type { CounterWrite, EndedCall, Release } from "../release.js";
import { sinceOf } from "../release.js";

/**
 * 1.80.8 to 1.93 (measured: 1.91.5). Every route releases its slot. Remaining bugs: a responses stream that the
 * provider cuts leaks, and so does a messages stream of an OpenAI model; a messages stream that the client leaves is
 * released twice.
 */
export function windowed(version: string): Release {
  const since = sinceOf(version);
  return {
    version,
    shape: "windowed",
    since,
    outlivesClient: !since(91),
    refusalLowers: () => true,
    writesAtEnd({ route, provider, stream, ending }: EndedCall): readonly CounterWrite[] {
      if (ending === "unknown-model") return ["give-back-anew", "refund"];
      if (ending === "failed") return ["give-back-anew", "refund", ...(route === "chat" ? [] : (["refund"] as const))];
      if (ending === "cut" && route === "completions") return ["give-back-anew", "refund"];
      if (ending === "cut" && provider === "openai" && route !== "chat") return [];
      const left = since(91) && (ending === "aborted" || (ending === "abandoned" && stream));
      if (left && route === "messages" && provider === "anthropic") return ["give-back", "book", "give-back-anew"];
      if (left) return ["give-back-anew"];
      return ["give-back", route === "responses" && provider === "anthropic" ? "book-apart" : "book"];
    },
  };
}
