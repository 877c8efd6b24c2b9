import { unreachableError } from "../../errors.js";
import type { CallResult } from "../../probe/call.js";

/** What one call tells of the limiter; `limit` is the one that the worker went by, where the answer names it. */
export interface Answer {
  readonly kind: "admitted" | "refused" | "failed";
  readonly limit: number | null;
  /** What went wrong; empty when nothing did. */
  readonly error: string;
}

/** Reads a call. A requests- or tokens-a-minute limit that is full says nothing of slots, and more calls would say no more: exit 5. */
export function readAnswer({ ending, rejection, limitHeader, error, status }: CallResult): Answer {
  if (ending === "completed") return { kind: "admitted", limit: limitHeader, error: "" };
  if (ending !== "refused" || rejection === null) {
    return { kind: "failed", limit: null, error: `${status ?? ending}: ${error ?? "no reason given"}` };
  }
  const { source, scope, limit, message } = rejection;
  // The model's own provider, or the router before it, is behind the limiter.
  if (source === "provider" || source === "deployment-limit") return { kind: "admitted", limit: null, error: "" };
  if (source === "parallel-limit" && (scope === null || scope === "api_key")) {
    return { kind: "refused", limit, error: message };
  }
  throw unreachableError(
    "other-limit",
    `the calls are refused by another limit, which says nothing of this one: ${message}`,
    "wait until its window has ended (60 s), or raise that limit, then again",
  );
}
