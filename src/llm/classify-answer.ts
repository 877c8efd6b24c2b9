import { unreachableError } from "../errors.js";
import type { CallResult } from "./call-result.js";

/** What one call shows of the limiter; `limit` is the one that the worker applied, if the answer names it. */
export interface Answer {
  readonly kind: "admitted" | "refused" | "failed";
  readonly limit: number | null;
  /** An error message; empty when nothing failed. */
  readonly error: string;
}

/**
 * Classifies the answer of a call. Exit 5 when a requests- or tokens-per-minute limit is exhausted: it shows nothing of
 * slots, and neither would more calls.
 */
export function readAnswer({ ending, rejection, limitHeader, error, status }: CallResult): Answer {
  if (ending === "completed") return { kind: "admitted", limit: limitHeader, error: "" };
  if (ending !== "refused" || rejection === null) {
    return { kind: "failed", limit: null, error: `${status ?? ending}: ${error ?? "no reason given"}` };
  }
  const { source, scope, limit, message } = rejection;
  // The model's provider, or the router before it, comes after the limiter.
  if (source === "provider" || source === "deployment-limit") return { kind: "admitted", limit: null, error: "" };
  if (source === "parallel-limit" && (scope === null || scope === "api_key")) {
    return { kind: "refused", limit, error: message };
  }
  throw unreachableError({
    code: "other-limit",
    message: `the calls are refused by another limit, which says nothing of this one: ${message}`,
    hint: "wait until its window has ended (60 s), or raise that limit, then again",
  });
}
