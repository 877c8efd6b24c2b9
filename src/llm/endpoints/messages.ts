import { type Endpoint, jsonOf } from "./endpoint.js";

/** Anthropic's /v1/messages. */
export const messages: Endpoint = {
  path: "/v1/messages",
  body: ({ model, prompt, maxTokens, stream }) => ({
    model,
    max_tokens: maxTokens,
    messages: [{ role: "user", content: prompt }],
    stream,
  }),
  // Anthropic's own clients send the key this way, and some gateways accept no other.
  headers: (key) => ({ ...(key === null ? {} : { "x-api-key": key }), "anthropic-version": "2023-06-01" }),
  isContent: (event) => (event.event ?? jsonOf(event)?.type) === "content_block_delta",
  isLast: (event) => (event.event ?? jsonOf(event)?.type) === "message_stop",
  prefers: /claude/i,
};
