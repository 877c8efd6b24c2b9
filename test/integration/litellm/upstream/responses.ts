import { openaiError, type Shape } from "./shape.js";

const response = (model: string, status: string, output: object[], usage: object | null) => ({
  id: "resp_test",
  object: "response",
  created_at: 1,
  status,
  model,
  output,
  parallel_tool_calls: true,
  tool_choice: "auto",
  tools: [],
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  temperature: 1,
  top_p: 1,
  usage,
});

const finished = (model: string) =>
  response(
    model,
    "completed",
    [
      {
        id: "msg_test",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "hello", annotations: [] }],
      },
    ],
    {
      input_tokens: 5,
      output_tokens: 3,
      total_tokens: 8,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  );

/** OpenAI's /v1/responses. */
export const responses: Shape = {
  whole: finished,
  start: (model) => [
    [
      "response.created",
      { type: "response.created", sequence_number: 0, response: response(model, "in_progress", [], null) },
    ],
  ],
  piece: () => [
    [
      "response.output_text.delta",
      {
        type: "response.output_text.delta",
        sequence_number: 1,
        item_id: "msg_test",
        output_index: 0,
        content_index: 0,
        delta: "hi ",
      },
    ],
  ],
  end: (model) => [
    ["response.completed", { type: "response.completed", sequence_number: 9, response: finished(model) }],
  ],
  error: openaiError,
};
