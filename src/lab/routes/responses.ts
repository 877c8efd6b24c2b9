import { REPORTED } from "../answers/usage.js";
import { firstNumber, lastContent, pythonLength, type RouteShape } from "./shape.js";

const response = (model: string, status: string, text: string | undefined) => ({
  id: "resp_lab",
  created_at: 1,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model,
  object: "response",
  output:
    text === undefined
      ? []
      : [
          {
            id: "msg_lab",
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text, annotations: [] }],
          },
        ],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  status,
  usage:
    text === undefined
      ? null
      : {
          input_tokens: REPORTED.input,
          output_tokens: REPORTED.output,
          total_tokens: REPORTED.input + REPORTED.output,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens_details: { reasoning_tokens: 0 },
        },
});

/** OpenAI's /v1/responses. */
export const responses: RouteShape = {
  paths: ["/v1/responses", "/responses"],
  prompt: (body) => lastContent(body.input),
  characters: ({ input }) =>
    typeof input === "string"
      ? input.length
      : (Array.isArray(input) ? input : []).reduce((sum: number, one) => sum + pythonLength(one), 0),
  maxTokens: (body) => firstNumber(body, "max_output_tokens"),
  whole: (model) => response(model, "completed", "hello"),
  start: (model) => [
    [null, { type: "response.created", sequence_number: 0, response: response(model, "in_progress", undefined) }],
  ],
  piece: () => [
    [
      null,
      {
        type: "response.output_text.delta",
        item_id: "msg_lab",
        output_index: 0,
        content_index: 0,
        delta: "hi ",
        sequence_number: 1,
      },
    ],
  ],
  end: (model) => [
    [null, { type: "response.completed", sequence_number: 9, response: response(model, "completed", "hi hi hi ") }],
  ],
};
