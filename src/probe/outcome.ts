import { messageOf, parseRejection } from "../litellm/rejection.js";
import type { CallRecord, Ending } from "../verdict/history.js";
import type { Answer } from "./answer.js";
import { readRefusal } from "./refusal.js";

/** Why we let go of a call; it stands for itself, so that an error of the network is told from it. */
export class LetGo extends Error {
  constructor(
    readonly ending: Ending,
    message: string,
  ) {
    super(message);
  }
}

/** What a call was answered, without its times. */
type Outcome = Pick<
  CallRecord,
  "ending" | "status" | "events" | "rejection" | "error" | "cached" | "version" | "limitHeader"
>;

/** What the bytes and the way they ended mean. `plain`: as far as is known the other side is not LiteLLM. */
export function outcomeOf(answer: Answer | undefined, failure: Error | undefined, plain: boolean): Outcome {
  const seen = {
    status: answer?.status ?? null,
    events: answer?.events ?? 0,
    cached: answer?.header("x-litellm-cache-key") !== undefined,
    version: answer?.header("x-litellm-version") ?? null,
    limitHeader: wholeNumber(answer?.header("x-ratelimit-api_key-limit-max_parallel_requests")),
    rejection: null,
  };
  if (failure instanceof LetGo) {
    return { ...seen, ending: failure.ending, error: failure.ending === "aborted" ? null : failure.message };
  }
  if (failure) return { ...seen, ending: "broken", error: reasonOf(failure) };
  if (!answer) return { ...seen, ending: "broken", error: "the connection ended without an answer" };
  if (!answer.isSuccess) {
    const { status, headers, text } = answer;
    const own = parseRejection(status, headers, text);
    const rejection = plain ? readRefusal(status, headers, text, own) : own;
    if (rejection) return { ...seen, ending: "refused", rejection, error: null };
    return { ...seen, ending: "failed", error: messageOf(text).slice(0, 500) || `status ${status}` };
  }
  const complaint = answer.complaint();
  return complaint ? { ...seen, ...complaint } : { ...seen, ending: "completed", error: null };
}

const reasonOf = (error: Error): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
};

const wholeNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
