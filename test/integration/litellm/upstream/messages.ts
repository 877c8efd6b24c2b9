import type { Shape } from "./shape.js";

const message = (model: string) => ({ id: "msg_test", type: "message", role: "assistant", model });

/** Anthropic's /v1/messages. */
export const messages: Shape = {
  whole: (model) => ({
    ...message(model),
    content: [{ type: "text", text: "hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 3 },
  }),
  start: (model) => [
    [
      "message_start",
      {
        type: "message_start",
        message: {
          ...message(model),
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 5, output_tokens: 0 },
        },
      },
    ],
    ["content_block_start", { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }],
  ],
  piece: () => [
    ["content_block_delta", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi " } }],
  ],
  end: () => [
    ["content_block_stop", { type: "content_block_stop", index: 0 }],
    [
      "message_delta",
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 3 },
      },
    ],
    ["message_stop", { type: "message_stop" }],
  ],
  error: (status) => ({
    type: "error",
    error: { type: status === 529 ? "overloaded_error" : "api_error", message: `upstream error ${status}` },
  }),
};
