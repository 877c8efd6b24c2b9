import { restoreLine } from "../../../diagnose/repair-history.js";
import { EXIT, LlmctlError, unreachableError } from "../../../errors.js";
import { shortHash } from "../../../litellm/owner.js";
import type { Raise, RefreshJournal } from "./journal.js";
import { type RefreshPorts, waitUntilHeldAtMost } from "./ports.js";

/**
 * With a call in flight a lower limit makes a new stale copy, so one is waited for; but a limit is never left raised
 * for that.
 */
const QUIET_MS = 30_000;
const HURRIED_MS = 3000;
/** Waits between tries, ms: a proxy that is started anew is back within a minute. */
const TRIES_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000];

type RestoringHands = Pick<RefreshPorts, "held" | "limit" | "setLimit" | "clock" | "signal" | "progress">;

/**
 * Restores a raised limit to `from`, unless it was changed meanwhile. Keeps trying while the proxy is away; Ctrl-C
 * does not end it. Exit 5 with the line to type when it could not be set.
 */
export async function restoreLimit(
  hands: RestoringHands,
  { key, from, to }: Pick<Raise, "key" | "from" | "to">,
  journal: Pick<RefreshJournal, "restored" | "left">,
): Promise<"restored" | "left"> {
  const { clock, signal, progress } = hands;
  progress(`setting the limit back to ${from}`);
  const deaf = new AbortController().signal;
  // Redis away is no reason to leave a limit raised.
  await waitUntilHeldAtMost({ ...hands, signal: deaf }, 0, signal.aborted ? HURRIED_MS : QUIET_MS).catch(onlyKnown);
  for (let tries = 0; ; tries++) {
    try {
      const now = await hands.limit();
      if (now !== from && now !== to) {
        await journal.left(`the limit was set by others to ${now ?? "none"}`);
        return "left";
      }
      // Also when it reads as it was: a raise whose answer was lost may still be on its way.
      await hands.setLimit(from);
      await journal.restored();
      return "restored";
    } catch (error) {
      onlyKnown(error);
      const { code, exit } = error as LlmctlError;
      if (code === "unknown-key") {
        await journal.left("the key is gone");
        return "left";
      }
      const pause = TRIES_MS[tries];
      if (pause === undefined || exit === EXIT.denied) throw notRestored({ key, from, to }, error);
      progress(`the limit could not be set back yet (${(error as Error).message}); trying again`);
      await clock.sleep(pause, deaf);
    }
  }
}

const onlyKnown = (error: unknown): void => {
  if (!(error instanceof LlmctlError)) throw error;
};

/** Exit 5: a limit was left raised, and only the operator can put it back. */
const notRestored = ({ key, from, to }: Pick<Raise, "key" | "from" | "to">, cause: unknown) =>
  unreachableError({
    code: "limit-left-raised",
    message: `the limit of ${shortHash(key)} may still be ${to} and could not be set back to ${from}: ${(cause as Error).message}`,
    hint: `as soon as the proxy answers, type: ${restoreLine(key, from)}`,
    cause,
  });
