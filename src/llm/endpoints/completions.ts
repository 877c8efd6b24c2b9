import { choiceOf, type Endpoint, isDone } from "./endpoint.js";

/** OpenAI's old /v1/completions. */
export const completions: Endpoint = {
  path: "/v1/completions",
  body: ({ model, prompt, maxTokens, stream }) => ({ model, prompt, max_tokens: maxTokens, stream }),
  headers: () => ({}),
  isContent: (event) => Boolean(choiceOf(event).text),
  isLast: isDone,
  prefers: /instruct|davinci|babbage|(^|\/)gpt/i,
};
