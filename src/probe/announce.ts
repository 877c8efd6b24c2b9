import type { RunHeader } from "../runs/schema.js";
import { formatDuration } from "../terminal/duration.js";
import { maskKey } from "../terminal/redact.js";
import type { Terminal } from "../terminal/terminal.js";
import type { KeyUnderTest } from "./key.js";
import type { ProbeOptions } from "./options.js";
import { LIMIT_SEARCH_CALLS, maxCalls } from "./plan.js";

/** Prints what will be sent, and the most it can be, before anything is sent. */
export function announce(
  terminal: Terminal,
  { target, limit, plan }: RunHeader,
  options: ProbeOptions,
  key: KeyUnderTest,
): void {
  const known = limit.value === null ? "limit not known yet" : `limit ${limit.value} (${limit.source})`;
  const shown = key.secret === null ? "no key" : `key ${maskKey(key.secret)}`;
  terminal.note(`probing ${target.endpoint} of ${target.baseUrl}: model ${target.model}, ${shown}, ${known}`);
  if (target.litellm === false) {
    const wanted = limit.value === null ? "it tells no limit, so give one with --limit" : "the limit is your word";
    terminal.note(`this is no LiteLLM: ${wanted}, and its slots cannot be seen`);
  }
  const most = maxCalls(options, plan);
  terminal.note(
    `sends ${saySending(plan, limit)}: ${options.load === null ? "" : "at most "}${most.planned} calls; ` +
      `up to ${most.rechecks} more if it needs to recheck; at most ${most.tokens} tokens in all`,
  );
}

function saySending({ sequence, burst, rounds, warmUp, load }: RunHeader["plan"], limit: RunHeader["limit"]): string {
  const parts = [
    ...(warmUp > 0 ? [`${warmUp} to warm up`] : []),
    load === null ? `${sequence} calls one after another` : sayLoad(load),
    ...(burst > 0 ? [`${burst} at once`] : []),
  ];
  const searched =
    limit.value === null && load === null
      ? ` to find the limit, and then as it asks (at most ${LIMIT_SEARCH_CALLS} for the search)`
      : "";
  return `${parts.join(", then ")}${rounds > 1 ? `, ${rounds} rounds` : ""}${searched}`;
}

function sayLoad({ perS, callers, forMs, warmUpMs }: NonNullable<RunHeader["plan"]["load"]>): string {
  const who = perS !== null ? `${perS} calls a second` : `calls of ${callers ?? "twice the limit of"} callers`;
  const warm = warmUpMs > 0 ? ` after ${formatDuration(warmUpMs)} to warm up` : "";
  return `one call, then ${who} for ${formatDuration(forMs)}${warm}`;
}
