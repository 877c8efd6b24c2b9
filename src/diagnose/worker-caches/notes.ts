import { workerCacheTtlMs } from "../../litellm/releases.js";
import { formatWindow } from "../../litellm/window.js";
import type { OutOfReach } from "../../output/documents/doctor.js";
import { counterLabel } from "../counter.js";
import type { PlannedRepair } from "../plan.js";

/** What each worker remembers of a number, and what ends it. `windowMs`: the window in force. */
export const numberRemembered = (windowMs: number): string =>
  `every worker that was asked for it in the last ${formatWindow(windowMs)} may refuse for up to ${formatWindow(windowMs)} more, from its own memory; sooner: one /v1/chat/completions with the key on that worker (it is refused, and lowers the copy)`;

/** The same of what no window ends. */
const WORKER_CACHE_NOTES = {
  slots:
    "a living worker that leaked slots by itself may refuse for up to 1 h after it first counted, though Redis is free; workers that were killed, or never saw the key, do not. Sooner: restart that worker, or raise the limit to one more than the highest of the last hour, send calls one after another over 10 or more new connections for each worker, and set it back",
  "foreign set": "workers that met the wrong type skip Redis for up to 60 s; wait, or restart them",
  "foreign number": "heals at once; no worker remembers",
};

/** Of these repairs, what each does not reach. `wallMs` and `windowMs` as for one of them. */
export const workerCacheNotes = (
  repairs: readonly PlannedRepair[],
  when: { readonly wallMs: number; readonly windowMs: number },
): OutOfReach[] => repairs.map((repair) => workerCacheNote(repair, when)).filter((one) => one !== undefined);

/**
 * What a repair of Redis does not reach: each worker's own copy of the counter. Which workers may go on refusing, until
 * when, and what ends
 * it. `wallMs`: when the repair is, or would be, made; `windowMs`: the window in force.
 */
export function workerCacheNote(
  { act, kind, counter }: PlannedRepair,
  { wallMs, windowMs }: { wallMs: number; windowMs: number },
): OutOfReach | undefined {
  const { shape } = counter;
  if (kind === "garbage" || shape === null || shape === "minute") return undefined;
  const of = { key: act.key, who: counterLabel(counter) };
  const until = (ms: number) => new Date(wallMs + ms).toISOString();
  if (kind !== "wrong-type") {
    const text = shape === "windowed" ? numberRemembered(windowMs) : WORKER_CACHE_NOTES.slots;
    return { ...of, text, until: until(workerCacheTtlMs(shape, windowMs)) };
  }
  return shape === "windowed"
    ? { ...of, text: WORKER_CACHE_NOTES["foreign number"], until: null }
    : { ...of, text: WORKER_CACHE_NOTES["foreign set"], until: until(BREAKER_MS) };
}

/** LiteLLM's circuit breaker stays open for so long after five errors; its window does not matter. */
const BREAKER_MS = 60_000;

/** So many keys are named in one sentence. */
const MOST_NAMED = 3;

/** The same in words: a sentence for all keys that it is true of. What no worker remembers is left out. */
export function describeWorkerCaches(reach: readonly OutOfReach[]): string[] {
  const lasting = reach.filter(({ until }) => until !== null);
  return [...new Set(lasting.map(({ text }) => text))].map((text) => {
    const same = lasting.filter((one) => one.text === text);
    const names = same.slice(0, MOST_NAMED).map(({ who }) => who);
    const more = same.length > MOST_NAMED ? ` and ${same.length - MOST_NAMED} more` : "";
    const until = same
      .map((one) => one.until ?? "")
      .sort()
      .at(-1);
    return `${names.join(", ")}${more}: ${text}; at the latest until ${until}`;
  });
}
