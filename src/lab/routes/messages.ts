import { REPORTED } from "../answers/usage.js";
import { firstNumber, lastContent, messageCharacters, type RouteShape } from "./shape.js";

const message = (model: string, more: object) => ({
  id: "msg_lab",
  type: "message",
  role: "assistant",
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  ...more,
});

/** Anthropic's /v1/messages. */
export const messages: RouteShape = {
  paths: ["/v1/messages"],
  prompt: (body) => lastContent(body.messages),
  characters: messageCharacters,
  maxTokens: (body) => firstNumber(body, "max_tokens"),
  whole: (model) =>
    message(model, {
      content: [{ type: "text", text: "hello" }],
      stop_reason: "end_turn",
      usage: { input_tokens: REPORTED.input, output_tokens: REPORTED.output },
    }),
  start: (model) => [
    [
      "message_start",
      { type: "message_start", message: message(model, { usage: { input_tokens: REPORTED.input, output_tokens: 0 } }) },
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
        usage: { output_tokens: REPORTED.output },
      },
    ],
    ["message_stop", { type: "message_stop" }],
  ],
};
