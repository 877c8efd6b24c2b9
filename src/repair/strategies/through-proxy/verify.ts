import type { Context } from "../../../config/context.js";
import { interruptedError, unreachableError } from "../../../errors.js";
import { formatWindow } from "../../../litellm/window.js";
import { createChatClient } from "../../../llm/chat-client.js";
import { readAnswer } from "../../../llm/classify-answer.js";

export interface Verified {
  readonly end: "admitted" | "refused";
  /** In words; empty when the first call was let in. */
  readonly text: string;
}

/** A moment more than a copy lives, which is a window. */
const MARGIN_MS = 1000;

/**
 * Whether the key is let in again. A worker's copy may refuse for a window; a call that it refuses lowers the counter
 * below what runs, so
 * there is one call, and a second only when every copy is dead.
 */
export async function verifyByCalls(
  context: Context,
  key: { baseUrl: string; secret: string; model: string | undefined },
  windowMs: number,
): Promise<Verified> {
  const { clock, signal, terminal } = context;
  const caller = await createChatClient(context, key);
  const ask = async () => {
    const answer = readAnswer(await caller.call());
    if (signal.aborted) throw interruptedError("the counter is deleted; nothing more was verified");
    if (answer.kind !== "failed") return answer.kind;
    throw unreachableError({
      code: "call-failed",
      message: `the counter is deleted, but the call that should verify it failed: ${answer.error}`,
      hint: "name a model that answers: --model <name>; then: llmctl probe --key-file <file>",
    });
  };
  if ((await ask()) === "admitted") return { end: "admitted", text: "" };
  const waitMs = windowMs + MARGIN_MS;
  terminal.note(`refused by a worker's own copy, or again; waiting for ${formatWindow(waitMs)}, so long a copy lives`);
  await clock.sleep(waitMs, signal).catch((error: unknown) => {
    if (signal.aborted) throw interruptedError("the counter is deleted; whether the key is let in is not known");
    throw error;
  });
  return (await ask()) === "admitted"
    ? { end: "admitted", text: "a worker's copy refused it for a while" }
    : {
        end: "refused",
        text: `not verified: the key is refused ${formatWindow(waitMs)} later too; calls of others may fill it, or leak again`,
      };
}
