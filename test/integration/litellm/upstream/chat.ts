import { openaiError, type Shape } from "./shape.js";

const chunk = (model: string, delta: object, finish: string | null) => ({
  id: "chatcmpl-test",
  object: "chat.completion.chunk",
  created: 1,
  model,
  choices: [{ index: 0, delta, finish_reason: finish }],
});

/** OpenAI's /v1/chat/completions. */
export const chat: Shape = {
  whole: (model) => ({
    id: "chatcmpl-test",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "hello" } }],
    usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
  }),
  start: () => [],
  piece: (model) => [[null, chunk(model, { role: "assistant", content: "hi " }, null)]],
  end: (model) => [
    [null, chunk(model, {}, "stop")],
    [null, "[DONE]"],
  ],
  error: openaiError,
};
