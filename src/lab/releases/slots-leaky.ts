import type { CounterWrite, EndedCall, Release } from "../release.js";
import { sinceOf } from "../release.js";

/**
 * 1.94 to 1.102 (measured: 1.95.0). Up to 1.95 every answered responses call of an Anthropic model leaks; from 1.96 on
 * a messages stream of an OpenAI model that the provider cuts.
 */
export function slotsLeaky(version: string): Release {
  const since = sinceOf(version);
  return {
    version,
    shape: "slots",
    since,
    outlivesClient: false,
    refusalLowers: () => false,
    writesAtEnd({ route, provider, stream, ending }: EndedCall): readonly CounterWrite[] {
      const cross = route === "responses" && provider === "anthropic";
      if (!since(96) && cross && (ending === "completed" || (ending === "abandoned" && !stream))) return ["book-apart"];
      if (ending === "unknown-model") return ["give-back", "refund"];
      if (ending === "failed") return ["give-back", "refund", ...(route === "chat" ? [] : (["refund"] as const))];
      if (ending === "cut") return cut(route, provider, since(96));
      const left = ending === "aborted" || (ending === "abandoned" && stream);
      const booked = route === "chat" || (route === "messages" && provider === "anthropic");
      return left && !booked ? ["give-back"] : ["give-back", "book"];
    },
  };
}

function cut(route: EndedCall["route"], provider: EndedCall["provider"], later: boolean): readonly CounterWrite[] {
  if (route === "messages" && provider === "anthropic") return ["give-back", "book", "refund"];
  if (route === "messages" && later) return [];
  return ["give-back", "refund", ...(route === "responses" ? (["refund"] as const) : [])];
}
