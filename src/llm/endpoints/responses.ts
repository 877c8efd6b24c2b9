import { type Endpoint, isDone, jsonOf, OPENAI_MODELS, type StreamEvent } from "./endpoint.js";

const typeOf = (event: StreamEvent): string => String(event.event ?? jsonOf(event)?.type ?? "");

/** OpenAI's /v1/responses. */
export const responses: Endpoint = {
  path: "/v1/responses",
  body: ({ model, prompt, maxTokens, stream }) => ({ model, input: prompt, max_output_tokens: maxTokens, stream }),
  headers: () => ({}),
  isContent: (event) => /^response\..+\.delta$/.test(typeOf(event)),
  isLast: (event) => /^response\.(completed|incomplete|failed)$/.test(typeOf(event)) || isDone(event),
  prefers: OPENAI_MODELS,
};
