import { setTimeout as pause } from "node:timers/promises";
import type { ReleaseAction } from "../litellm/release-action.js";

/**
 * A refused call lifts a held counter by one for a moment; so often, so long apart, the same evidence is looked for.
 */
const LOOKS = 6;
const LOOK_MS = 40;

/** Looks until what is seen is right, where looking again can help; gives what was seen last. */
export async function retryWhileFlickering<Seen>(
  act: ReleaseAction,
  look: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
  goOn: () => boolean,
): Promise<Seen> {
  let seen = await look();
  const flickers = act.kind === "release-counter" && !act.endless;
  for (let looks = 1; flickers && !isRight(seen) && looks < LOOKS && goOn(); looks++) {
    await pause(LOOK_MS);
    seen = await look();
  }
  return seen;
}
