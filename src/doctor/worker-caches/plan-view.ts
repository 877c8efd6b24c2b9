import { shortHash } from "../../litellm/owner.js";
import { formatWindow } from "../../litellm/window.js";
import type { RefreshOptions } from "../../repair/strategies/worker-caches/options.js";
import type { Prepared } from "../../repair/strategies/worker-caches/prepare.js";
import { numberLivesMs } from "../../repair/strategies/worker-caches/refresh.js";
import { MOST_FAILED, maxCalls, requiredCalls } from "../../repair/strategies/worker-caches/sweep.js";
import type { Terminal } from "../../terminal/terminal.js";

/** Says what would be done and what it costs, before anybody says yes. */
export function announce(
  terminal: Terminal,
  { plan, caller, alias, rpm }: Prepared,
  { highest }: RefreshOptions,
): void {
  const { key, limit, raised, workers, shape } = plan;
  const waits = shape === "windowed" && workers > 1;
  const who = alias ?? shortHash(key);
  terminal.note({ text: `plan: make the workers forget their copies of ${who} (limit ${limit})`, tone: "strong" });
  terminal.note(`  1. ask each worker, one call after another, until one refuses; if none does, nothing more is done`);
  terminal.note(
    waits
      ? `  2. wait ${formatWindow(numberLivesMs(plan))}: LiteLLM up to 1.93 remembers no longer, and a raised limit takes as long to reach all workers`
      : `  2. raise the limit to ${raised} (${highest === null ? "one more than the highest known here of the last hour; if it was higher, name it: --highest-limit" : "one more than --highest-limit"}), call, and set it back to ${limit}, also after Ctrl-C`,
  );
  terminal.note(`  3. ask each worker again, under the limit of ${limit}`);
  const { most, likely } = cost(plan);
  terminal.note(
    `sends about ${likely} and at most ${most} calls of ${caller.path} with model ${caller.model}, never two at once; at most ${most * caller.tokens} tokens in all`,
  );
  if (rpm !== null && rpm < likely) {
    terminal.warn(
      `  careful: the key may make ${rpm} requests a minute, fewer than that: raise its rpm limit for the time being`,
    );
  }
  if (!waits)
    terminal.note({
      text: `  careful: meanwhile up to ${raised} calls of the key can run at once; it is refused while any is in flight`,
      tone: "warn",
    });
}

/** Calls: those of a refresh where all goes well, and the most that it can send. */
function cost({ workers }: { workers: number }): { likely: number; most: number } {
  const [first, each] = [requiredCalls(workers, 1), requiredCalls(workers)];
  return { likely: 1 + 2 * each, most: first + MOST_FAILED + 2 * 2 * maxCalls(each) };
}
