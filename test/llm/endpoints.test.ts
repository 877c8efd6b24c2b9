import { describe, expect, it } from "vitest";
import { usageError } from "../../src/errors.js";
import { ENDPOINT_NAMES, endpoints, findEndpoint } from "../../src/llm/endpoints/index.js";
import { chooseModel } from "../../src/llm/model.js";

const order = { model: "m", prompt: "hello", maxTokens: 16, stream: true };
const event = (data: unknown, name?: string) => ({
  event: name,
  data: typeof data === "string" ? data : JSON.stringify(data),
});

describe("an endpoint", () => {
  it.each([
    ["chat", "chat"],
    ["/v1/chat/completions", "chat"],
    ["chat/completions", "chat"],
    ["messages", "messages"],
    ["/v1/messages/", "messages"],
    ["v1/responses", "responses"],
    ["/v1/completions", "completions"],
    ["completions", "completions"],
  ])("is found by %s", (word, name) => {
    expect(findEndpoint(word)).toBe(name);
  });

  it.each(["embeddings", "/v2/messages", "", "messages/count_tokens"])("is not found by %j", (word) => {
    expect(() => findEndpoint(word)).toThrow(
      usageError({ code: "unknown-endpoint", message: `${word} is not an endpoint that probe knows` }).message,
    );
  });

  it.each(ENDPOINT_NAMES)("%s carries model, stream, prompt and the longest answer", (name) => {
    const text = JSON.stringify(endpoints[name].body(order));
    expect(text).toContain('"model":"m"');
    expect(text).toContain('"stream":true');
    expect(text).toContain("hello");
    expect(text).toMatch(/"max_(output_)?tokens":16/);
  });
});

describe("a content event", () => {
  it.each([
    ["chat", event({ choices: [{ delta: { content: "a" } }] }), true],
    ["chat", event({ choices: [{ delta: { role: "assistant", content: "" } }] }), false],
    ["chat", event({ choices: [] }), false],
    ["chat", event({ choices: [{ delta: { reasoning_content: "hm" } }] }), true],
    ["chat", event("[DONE]"), false],
    ["messages", event({ type: "content_block_delta" }, "content_block_delta"), true],
    ["messages", event({ type: "content_block_delta" }), true],
    ["messages", event({ type: "message_start" }, "message_start"), false],
    ["responses", event({ type: "response.output_text.delta" }, "response.output_text.delta"), true],
    ["responses", event({ type: "response.created" }), false],
    ["completions", event({ choices: [{ text: "a" }] }), true],
    ["completions", event({ choices: [{ text: "" }] }), false],
  ] as const)("of %s: %j is %s", (name, one, content) => {
    expect(endpoints[name].isContent(one)).toBe(content);
  });

  it.each([
    ["chat", event("[DONE]"), true],
    ["chat", event({ choices: [] }), false],
    ["messages", event({ type: "message_stop" }, "message_stop"), true],
    ["messages", event({ type: "message_delta" }), false],
    ["responses", event({ type: "response.completed" }), true],
    ["responses", event({ type: "response.incomplete" }), true],
    ["responses", event({ type: "response.in_progress" }), false],
    ["completions", event("[DONE]"), true],
  ] as const)("ends the stream of %s: %j is %s", (name, one, last) => {
    expect(endpoints[name].isLast(one)).toBe(last);
  });
});

describe("the model", () => {
  const models = ["text-embedding-3", "gpt-4o", "claude-sonnet", "whisper-1"];
  it.each([
    ["chat", models, "gpt-4o"],
    ["messages", models, "claude-sonnet"],
    ["responses", models, "gpt-4o"],
    ["messages", ["text-embedding-3", "llama"], "llama"],
    ["chat", ["openai/*", "azure/gpt-4"], "azure/gpt-4"],
  ] as const)("of %s among %j is %s", (name, list, chosen) => {
    expect(chooseModel(endpoints[name], undefined, list)).toBe(chosen);
  });

  it("is the one that was named, if the key has it or patterns let it through", () => {
    expect(chooseModel(endpoints.chat, "claude-sonnet", models)).toBe("claude-sonnet");
    expect(chooseModel(endpoints.chat, "openai/gpt-5", ["openai/*"])).toBe("openai/gpt-5");
    expect(chooseModel(endpoints.chat, "any", null)).toBe("any");
    expect(() => chooseModel(endpoints.chat, "nope", models)).toThrow("this key has no model nope");
  });

  it("must be named where there is no list, or none that fits", () => {
    expect(() => chooseModel(endpoints.chat, undefined, null)).toThrow("no model");
    expect(() => chooseModel(endpoints.chat, undefined, ["whisper-1"])).toThrow("no model");
  });
});
