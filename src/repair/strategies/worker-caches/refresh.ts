import { interruptedError } from "../../../errors.js";
import type { ShapeKind } from "../../../litellm/shapes/shape.js";
import { formatWindow } from "../../../litellm/window.js";
import type { RefreshJournal } from "./journal.js";
import { type RefreshPorts, waitUntilHeldAtMost } from "./ports.js";
import { restoreLimit } from "./restore.js";
import { requiredCalls, type SweepResult, sweep } from "./sweep.js";

export interface RefreshPlan {
  /** Hash of the key. */
  readonly key: string;
  /** The key's own limit. */
  readonly limit: number;
  /** The one that is in force for the time of a sweep: one more than any in the last hour. */
  readonly raised: number;
  readonly workers: number;
  readonly shape: Extract<ShapeKind, "slots" | "windowed">;
  /** LiteLLM's window in force, in ms. */
  readonly windowMs: number;
}

export interface Refreshed {
  /**
   * `needless`: no worker refused · `done`: all let calls in again · `refused`: not tried, or given up · `unverified`:
   * one still refuses.
   */
  readonly status: "needless" | "done" | "refused" | "unverified";
  /** Why it was refused or is not verified. */
  readonly reason: string;
  /** Calls sent, and those of them that a copy refused. */
  readonly calls: number;
  readonly refused: number;
}

/**
 * How long calls in flight may take to end before a limit is raised; while it is raised only others' calls can last.
 */
const QUIET_MS = 10_000;
const ROUNDS = 2;
/** A copy of a number dies a window after its first write; this is a moment more, in ms. */
export const numberLivesMs = ({ windowMs }: Pick<RefreshPlan, "windowMs">): number => windowMs + 1000;

/**
 * Makes every worker forget a copy of the counter that refuses though Redis has room. What it does was proved on
 * running releases:
 * a limit above the copy lets one call in, whose end writes the copy anew. The limit is set back whatever happens.
 */
export async function refresh(hands: RefreshPorts, plan: RefreshPlan, journal: RefreshJournal): Promise<Refreshed> {
  const { limit, workers, shape } = plan;
  let [calls, refused] = [0, 0];
  const ended = (status: Refreshed["status"], reason = ""): Refreshed => ({ status, reason, calls, refused });
  const count = (swept: SweepResult) => {
    calls += swept.calls;
    refused += swept.refused;
    return swept.end;
  };
  const underOwn = { limit, before: null, strict: false, ceiling: limit };
  const first = count(await sweep(hands, { ...underOwn, enough: requiredCalls(workers, 1) }));
  if (first === "admitted") return ended("needless");
  if (first === "busy" || (await hands.held()) >= limit) return ended("refused", FULL);
  for (let round = 1; round <= ROUNDS; round++) {
    if (shape === "windowed" && workers > 1) {
      // A raised limit reaches the other workers no sooner than their copies die.
      hands.progress(`waiting for ${formatWindow(numberLivesMs(plan))}: so long a copy of a number lives`);
      await hands.clock.sleep(numberLivesMs(plan), hands.signal).catch(leave(hands));
    } else {
      if (!(await waitUntilHeldAtMost(hands, 0, QUIET_MS))) return ended("refused", IN_FLIGHT);
      const end = count(await whileRaised(hands, plan, journal));
      if (end !== "admitted") return ended("refused", WHY[end]);
    }
    const before = shape === "slots" || workers === 1 ? plan.raised : null;
    const check = count(await sweep(hands, { ...underOwn, before, strict: true, enough: requiredCalls(workers) }));
    if (check === "admitted") return ended("done");
    if (check === "busy")
      return ended("unverified", "the limit is back, but others' calls fill the key, so nothing can be told");
    if (check === "unbound") return ended("unverified", "the limit is back, but a worker goes on with the raised one");
  }
  return ended("unverified", "the limit is back, and a worker still refuses though Redis has room");
}

/** Raises the limit, lets each worker write its copy anew, and sets it back, also when it is interrupted or fails. */
async function whileRaised(hands: RefreshPorts, plan: RefreshPlan, journal: RefreshJournal): Promise<SweepResult> {
  const { key, limit, raised, workers } = plan;
  hands.signal.throwIfAborted();
  await journal.raising();
  try {
    await hands.setLimit(raised);
    const order = { enough: requiredCalls(workers), limit: raised, before: limit, strict: false, ceiling: limit };
    return await sweep(hands, order);
  } finally {
    await restoreLimit(hands, { key, from: limit, to: raised }, journal);
  }
}

const leave =
  ({ signal }: RefreshPorts) =>
  (error: unknown): never => {
    if (signal.aborted) throw interruptedError("no limit was changed");
    throw error;
  };

const FULL = "Redis itself is full: free it first (llmctl doctor --fix), or wait until the calls in flight have ended";
const IN_FLIGHT =
  "calls of the key are in flight: with them a raised limit would make new stale copies; stop its traffic for a moment, then again";
const WHY = {
  refused: "a worker refuses the raised limit too: its copy is from a higher one; name it: --highest-limit <n>",
  unbound: "the raised limit did not reach every worker",
  busy: "others' calls came while the limit was raised, so it was given up; stop the key's traffic for a moment, then again",
};
