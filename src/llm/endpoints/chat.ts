import { choiceOf, type Endpoint, isDone, OPENAI_MODELS } from "./endpoint.js";

/** OpenAI's /v1/chat/completions. */
export const chat: Endpoint = {
  path: "/v1/chat/completions",
  body: ({ model, prompt, maxTokens, stream }) => ({
    model,
    messages: [{ role: "user", content: prompt }],
    max_tokens: maxTokens,
    stream,
  }),
  headers: () => ({}),
  isContent(event) {
    const delta = choiceOf(event).delta as Record<string, unknown> | undefined;
    return Boolean(delta?.content || delta?.reasoning_content || delta?.tool_calls);
  },
  isLast: isDone,
  prefers: OPENAI_MODELS,
};
