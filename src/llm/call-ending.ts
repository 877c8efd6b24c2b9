import { errorCode } from "../errors.js";
import { messageOf, parseRejection } from "../litellm/rejection.js";
import type { CallResult, Ending } from "./call-result.js";
import { readRejection } from "./rejection.js";
import type { ResponseReader } from "./response-reader.js";

/** Why we ended a call. A class of its own, so that it cannot be confused with a network error. */
export class LocalAbort extends Error {
  constructor(
    readonly ending: Ending,
    message: string,
  ) {
    super(message);
  }
}

/** How a call ended, without what its headers report. */
type End = Pick<CallResult, "ending" | "rejection" | "error">;

const COMPLETED: End = { ending: "completed", rejection: null, error: null };
const broken = (error: string): End => ({ ending: "broken", rejection: null, error });

/** Classifies how a call ended from its bytes and its error. `plain`: the server is not known to be LiteLLM. */
export function classifyEnding(answer: ResponseReader | undefined, failure: Error | undefined, plain: boolean): End {
  if (failure instanceof LocalAbort) {
    const { ending, message } = failure;
    return { ending, rejection: null, error: ending === "aborted" ? null : message };
  }
  if (failure) return broken(reasonOf(failure));
  if (!answer) return broken("the connection ended without an answer");
  if (!answer.isSuccess) {
    const { status, headers, text } = answer;
    const own = parseRejection(status, headers, text);
    const rejection = plain ? readRejection(status, headers, text, own) : own;
    if (rejection) return { ending: "refused", rejection, error: null };
    return { ending: "failed", rejection: null, error: messageOf(text).slice(0, 500) || `status ${status}` };
  }
  const complaint = answer.complaint();
  return complaint ? { ...complaint, rejection: null } : COMPLETED;
}

const reasonOf = (error: Error): string => {
  const code = errorCode(error);
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
};

/** Parses a header as a whole number; null when it is none. */
export const wholeNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
