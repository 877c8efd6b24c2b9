import { openaiError, type Shape } from "./shape.js";

const completion = (model: string, text: string, finish: string | null) => ({
  id: "cmpl-test",
  object: "text_completion",
  created: 1,
  model,
  choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
});

/** OpenAI's old /v1/completions. */
export const completions: Shape = {
  whole: (model) => ({
    ...completion(model, "hello", "stop"),
    usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 },
  }),
  start: () => [],
  piece: (model) => [[null, completion(model, "hi ", null)]],
  end: (model) => [
    [null, completion(model, "", "stop")],
    [null, "[DONE]"],
  ],
  error: openaiError,
};
