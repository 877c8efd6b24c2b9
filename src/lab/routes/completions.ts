import { openaiUsage } from "./chat.js";
import { type Frame, firstNumber, pythonLength, type RouteShape } from "./shape.js";

const part = (model: string, text: string, finish: string | null): Frame => [
  null,
  {
    id: "cmpl-lab",
    object: "text_completion",
    created: 1,
    model,
    choices: [{ index: 0, text, finish_reason: finish }],
  },
];

/** OpenAI's old /v1/completions. */
export const completions: RouteShape = {
  paths: ["/v1/completions", "/completions"],
  prompt: ({ prompt }) =>
    Array.isArray(prompt) ? String(prompt.at(-1) ?? "") : typeof prompt === "string" ? prompt : "",
  characters: ({ prompt }) => (typeof prompt === "string" ? prompt.length : pythonLength(prompt ?? "")),
  maxTokens: (body) => firstNumber(body, "max_tokens"),
  whole: (model) => ({
    id: "cmpl-lab",
    object: "text_completion",
    created: 1,
    model,
    choices: [{ finish_reason: "stop", index: 0, text: "hello" }],
    usage: openaiUsage,
  }),
  start: () => [],
  piece: (model) => [part(model, "hi ", null)],
  end: (model) => [part(model, "", "stop"), [null, "[DONE]"]],
};
