import { usageError } from "../../errors.js";
import { chat } from "./chat.js";
import { completions } from "./completions.js";
import type { Endpoint } from "./endpoint.js";
import { messages } from "./messages.js";
import { responses } from "./responses.js";

/** Names of the endpoints in flags and documents. */
export const ENDPOINT_NAMES = ["chat", "messages", "responses", "completions"] as const;
/** One of `ENDPOINT_NAMES`. */
export type EndpointName = (typeof ENDPOINT_NAMES)[number];

/** Every endpoint by its name. */
export const endpoints = { chat, messages, responses, completions } satisfies Record<EndpointName, Endpoint>;

/** Finds an endpoint by its name or its path, with or without `/v1`. Exit 2 for any other word. */
export function findEndpoint(word: string): EndpointName {
  const wanted = word.replace(/\/+$/, "").replace(/^\/?(v1\/)?/, "");
  const found = ENDPOINT_NAMES.find((name) => name === wanted || endpoints[name].path === `/v1/${wanted}`);
  if (found) return found;
  throw usageError({
    code: "unknown-endpoint",
    message: `${word} is not an endpoint that probe knows`,
    hint: `use one of: ${ENDPOINT_NAMES.map((name) => `${name} (${endpoints[name].path})`).join(", ")}`,
  });
}
