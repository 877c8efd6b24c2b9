import type { Mark } from "../output/page.js";
import { isRefused } from "../verdict/calls.js";
import type { CallRecord } from "../verdict/events.js";

/** How a call ended, as charts and tables group calls. */
export type CallOutcome = Extract<Mark, "answered" | "refused" | "elsewhere" | "left" | "failed">;

/** In the order in which they are listed. */
export const OUTCOMES = {
  answered: "answered",
  refused: "refused by the limiter",
  elsewhere: "refused by another server",
  left: "left by us",
  failed: "failed",
} satisfies Record<CallOutcome, string>;

/** The outcome of a call. */
export function outcomeOf(call: CallRecord): CallOutcome {
  const { ending } = call;
  if (ending === "completed") return "answered";
  if (ending === "refused") return isRefused(call) ? "refused" : "elsewhere";
  return ending === "aborted" || ending === "interrupted" ? "left" : "failed";
}

/** Counts the calls of each outcome; outcomes without calls are left out. */
export function countOutcomes(calls: readonly CallRecord[]): [CallOutcome, number][] {
  const names = Object.keys(OUTCOMES) as CallOutcome[];
  return names
    .map((name): [CallOutcome, number] => [name, calls.filter((call) => outcomeOf(call) === name).length])
    .filter(([, count]) => count > 0);
}

/** Formats the counts: `4 answered, 1 refused by the limiter` */
export const formatOutcomes = (calls: readonly CallRecord[]): string =>
  countOutcomes(calls)
    .map(([name, count]) => `${count} ${OUTCOMES[name]}`)
    .join(", ");
