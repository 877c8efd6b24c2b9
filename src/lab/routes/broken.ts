import type { Release, Route } from "../release.js";
import { chat } from "./chat.js";
import type { Frame } from "./shape.js";

const PAYLOAD =
  "Response payload is not completed: <TransferEncodingError: 400, message='Not enough data to satisfy transfer length header.'>";

const openai = (message: string, type: string | null, param: string | null): Frame => [
  null,
  { error: { message, type, param, code: "500" } },
];

/**
 * The last frames of a stream that the provider broke off. Up to 1.93 chat ends normally and messages just stop; later
 * releases report an error, each route in its own way.
 */
export function brokenFrames(release: Release, route: Route, model: string): readonly Frame[] {
  const done: Frame = [null, "[DONE]"];
  if (!release.since(94)) {
    if (route === "chat" || route === "completions") return chat.end(model);
    return route === "responses" ? [done] : [];
  }
  const later = release.since(103);
  if (route === "messages") {
    return later
      ? [["error", { type: "error", error: { type: "api_error", message: PAYLOAD } }]]
      : [openai(PAYLOAD, "None", "None")];
  }
  if (route === "responses") {
    if (!later) return [openai(PAYLOAD, "None", "None")];
    const error = { code: "server_error", message: PAYLOAD };
    return [
      ["response.failed", { type: "response.failed", response: { id: "resp_lab", status: "failed", model, error } }],
    ];
  }
  const text = "litellm.APIConnectionError: APIConnectionError: OpenAIException - ";
  return later
    ? [openai(`${text}Connection error.`, "internal_server_error", null), done]
    : [openai(`${text}${PAYLOAD}`, null, null)];
}
