import { maskKey } from "../terminal/redact.js";
import type { Terminal } from "../terminal/streams.js";
import type { KeyUnderTest } from "./key.js";
import { looks, mostCalls, SEARCH, type Wish } from "./plan.js";
import type { RunHeader } from "./record.js";

/** Says what will be sent, and how much of it at most, before anything is. */
export function announce(terminal: Terminal, { target, limit, plan }: RunHeader, wish: Wish, key: KeyUnderTest): void {
  const known = limit.value === null ? "limit not known yet" : `limit ${limit.value} (${limit.source})`;
  const shown = key.secret === null ? "no key" : `key ${maskKey(key.secret)}`;
  terminal.note(`probing ${target.endpoint} of ${target.baseUrl}: model ${target.model}, ${shown}, ${known}`);
  if (target.litellm === false) {
    const wanted = limit.value === null ? "it tells no limit, so give one with --limit" : "the limit is your word";
    terminal.note(`this is no LiteLLM: ${wanted}, and its slots cannot be seen`);
  }
  const burst = plan.burst > 0 ? `, then ${plan.burst} at once` : "";
  const rounds = plan.rounds > 1 ? `, ${plan.rounds} rounds` : "";
  const searched =
    limit.value === null ? ` to find the limit, and then as it asks (at most ${SEARCH} for the search)` : "";
  const most = mostCalls(wish, plan);
  terminal.note(
    `sends ${plan.sequence} calls one after another${burst}${rounds}${searched}: ${most.planned} calls; ` +
      `up to ${most.looks} more in ${looks(wish).length} looks if something is amiss; at most ${most.tokens} tokens in all`,
  );
}
