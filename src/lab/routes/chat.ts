import { REPORTED } from "../answers/usage.js";
import { type Frame, firstNumber, lastContent, messageCharacters, type RouteShape } from "./shape.js";

const chunk = (model: string, delta: object, finish: string | null): Frame => [
  null,
  {
    id: "chatcmpl-lab",
    object: "chat.completion.chunk",
    created: 1,
    model,
    choices: [{ index: 0, delta, ...(finish === null ? {} : { finish_reason: finish }) }],
  },
];

/** Usage in OpenAI's shape. */
export const openaiUsage = {
  completion_tokens: REPORTED.output,
  prompt_tokens: REPORTED.input,
  total_tokens: REPORTED.input + REPORTED.output,
};

/** OpenAI's /v1/chat/completions. */
export const chat: RouteShape = {
  paths: ["/v1/chat/completions", "/chat/completions"],
  prompt: (body) => lastContent(body.messages),
  characters: messageCharacters,
  maxTokens: (body) => firstNumber(body, "max_tokens", "max_completion_tokens"),
  whole: (model) => ({
    id: "chatcmpl-lab",
    created: 1,
    model,
    object: "chat.completion",
    choices: [{ finish_reason: "stop", index: 0, message: { content: "hello", role: "assistant" } }],
    usage: openaiUsage,
  }),
  start: () => [],
  piece: (model) => [chunk(model, { role: "assistant", content: "hi " }, null)],
  end: (model) => [chunk(model, {}, "stop"), [null, "[DONE]"]],
};
