import type { Asker, Request } from "./exchange.js";

export type Route = "chat" | "messages" | "responses" | "completions";

export const routes: readonly Route[] = ["chat", "messages", "responses", "completions"];

interface CallOptions {
  stream?: boolean;
  /** By default one that the route's own provider serves. */
  model?: string;
}

/** A model call; `text` is what the stand-in provider is told to do. */
export function call(asker: Asker, route: Route, text: string, { stream = false, model }: CallOptions = {}): Request {
  const said = [{ role: "user", content: text }];
  const [path, body] = {
    chat: ["/v1/chat/completions", { model: model ?? "gpt-lab", max_tokens: 16, messages: said }],
    messages: ["/v1/messages", { model: model ?? "claude-lab", max_tokens: 16, messages: said }],
    responses: ["/v1/responses", { model: model ?? "gpt-lab", input: said }],
    completions: ["/v1/completions", { model: model ?? "gpt-lab", prompt: text }],
  }[route] as [string, object];
  return { method: "POST", path, asker, body: { ...body, stream } };
}
