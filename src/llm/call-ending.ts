import { errorCode } from "../errors.js";
import { messageOf, parseRejection } from "../litellm/rejection.js";
import type { CallResult, Ending } from "./call-result.js";
import { readRejection } from "./rejection.js";
import type { ResponseReader } from "./response-reader.js";

/** Why we let go of a call; it stands for itself, so that an error of the network is told from it. */
export class LocalAbort extends Error {
  constructor(
    readonly ending: Ending,
    message: string,
  ) {
    super(message);
  }
}

/** How a call ended, without what its headers told. */
type End = Pick<CallResult, "ending" | "rejection" | "error">;

const COMPLETED: End = { ending: "completed", rejection: null, error: null };
const broken = (error: string): End => ({ ending: "broken", rejection: null, error });

/** What the bytes and the way they ended mean. `plain`: as far as is known the other side is not LiteLLM. */
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

/** A header that is a whole number; null when it is none. */
export const wholeNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
