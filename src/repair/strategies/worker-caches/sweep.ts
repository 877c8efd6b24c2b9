import { unreachableError } from "../../../errors.js";
import { type Answer, readAnswer } from "../../../llm/classify-answer.js";
import { type RefreshPorts, waitUntilHeldAtMost } from "./ports.js";

/** New connections for each worker: the kernel spreads them unevenly, 3 to 9 was seen. */
const PER_WORKER = 10;
/** Calls that say nothing, for the provider failed or the connection broke. */
export const MOST_FAILED = 3;
/** Sweeps that workers which are late with a new limit may make us begin anew. */
const LONGEST = 3;

/** Calls needed so that every worker was very likely reached; `one` with a single worker. */
export const requiredCalls = (workers: number, one = PER_WORKER): number =>
  workers === 1 ? one : PER_WORKER * workers;
export const maxCalls = (enough: number): number => LONGEST * enough + MOST_FAILED;

export interface SweepInput {
  /** Calls in a row that have to be let in. */
  readonly enough: number;
  /** The limit that should be in force. */
  readonly limit: number;
  /** The limit by which workers that have not heard of `limit` still go; null when there is none. */
  readonly before: number | null;
  /** Whether a call that is let in under `before` proves nothing. */
  readonly strict: boolean;
  /** With so many slots in use, by others, no call is sent. */
  readonly ceiling: number;
}

/**
 * `admitted` by every worker · `refused` by one under `limit` · `unbound`: one does not hear of the limit · `busy`:
 * others use the key.
 */
export interface SweepResult {
  readonly end: "admitted" | "refused" | "unbound" | "busy";
  readonly calls: number;
  readonly refused: number;
}

/** LiteLLM's `user_api_key_cache_ttl` is 60 s: no worker goes by an old limit for longer. */
const BINDS_MS = 75_000;
const BUSY_MS = 10_000;
const PAUSE_MS = 300;

/**
 * Sends calls one after another, each on a new connection, until each worker has let one in. Never two at once: they
 * would make a new stale copy.
 */
export async function sweep(hands: RefreshPorts, order: SweepInput): Promise<SweepResult> {
  const { clock, signal } = hands;
  const { enough, limit, before, strict, ceiling } = order;
  const until = clock.monotonic() + BINDS_MS;
  let [row, calls, refused, failed] = [0, 0, 0, 0];
  const ended = (end: SweepResult["end"]): SweepResult => ({ end, calls, refused });
  while (row < enough) {
    if (!(await waitUntilHeldAtMost(hands, ceiling - 1, BUSY_MS))) return ended("busy");
    hands.progress(`${calls} calls under a limit of ${limit}: ${row} of ${enough} in a row let in`);
    const answer: Answer = readAnswer(await hands.call());
    signal.throwIfAborted();
    calls++;
    if (answer.kind === "failed") {
      if (++failed >= MOST_FAILED) throw callsFail(answer);
      await clock.sleep(PAUSE_MS, signal);
      continue;
    }
    if (answer.kind === "refused") refused++;
    const late = before !== null && answer.limit === before;
    if (late && (strict || answer.kind === "refused")) {
      if (clock.monotonic() >= until || calls - refused >= LONGEST * enough) return ended("unbound");
      row = 0;
      await hands.setLimit(limit);
      await clock.sleep(PAUSE_MS, signal);
      continue;
    }
    if (answer.kind === "refused") return ended("refused");
    row++;
  }
  return ended("admitted");
}

const callsFail = ({ error }: Answer) =>
  unreachableError({
    code: "calls-fail",
    message: `the calls fail, with ${error}`,
    hint: "name a model that answers: --model <name>",
  });
