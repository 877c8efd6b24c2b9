import { openaiError } from "../answers/errors.js";
import type { Reply } from "../answers/reply.js";
import type { Release } from "../release.js";
import type { Keys } from "./keys.js";
import type { KeyRow } from "./row.js";

/** One admin call of the key API. */
export interface AdminCall {
  readonly release: Release;
  readonly keys: Keys;
  readonly now: number;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Call before a row is changed or deleted, so that other workers keep the old row in their caches. */
  changing(row: KeyRow): void;
}

/** Handles one route of the key API. */
export type AdminRoute = (call: AdminCall) => Reply;

/** FastAPI's 422. Up to 1.102 it repeats the input. */
export function invalid(
  release: Release,
  type: string,
  loc: readonly (string | number)[],
  msg: string,
  input: unknown,
): Reply {
  return { status: 422, body: { detail: [{ type, loc, msg, ...(release.since(103) ? {} : { input }) }] } };
}

/** The reply to a body without `keys`. */
export const keysMissing = (release: Release, body: unknown): Reply =>
  invalid(
    release,
    "value_error",
    ["body"],
    "Value error, At least one of 'keys' or 'key_aliases' must be provided.",
    body,
  );

/** The reply to an alias that another key has. */
export const aliasTaken = (alias: string): Reply =>
  openaiError(
    400,
    `Key with alias '${alias}' already exists. Unique key aliases across all keys are required.`,
    "bad_request_error",
    "key_alias",
  );

/** 400 and 404 as wrapped by LiteLLM's exception handler. */
export const wrapped = (release: Release, status: number, message: string): Reply =>
  openaiError(
    status,
    message,
    release.since(103) && status < 500 ? "invalid_request_error" : "internal_server_error",
    release.since(103) ? null : "None",
  );

/** The strings of a list; empty for any other value. */
export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
