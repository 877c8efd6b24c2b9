import { formatCalls, isAdmitted, isRefused, isUnnamed } from "../calls.js";
import type { CallRecord } from "../events.js";
import { isNotLitellm } from "../observations.js";
import { couldBeRate } from "../rate.js";
import { countBelow, sorted } from "../sorted-numbers.js";
import { type Confounder, restsOnCapacity } from "./confounder.js";

/** What only LiteLLM reports is missing. */
export const notLitellm: Confounder = (observations) =>
  isNotLitellm(observations)
    ? {
        text: "this is no LiteLLM: its limit is what --limit says, its slots cannot be seen, and its answers alone are judged",
      }
    : undefined;

/** Rejections with fewer of our calls in flight than this. */
function lonely(refusals: readonly CallRecord[], calls: readonly CallRecord[], most: number): readonly CallRecord[] {
  const through = calls.filter((call) => !isRefused(call));
  const sent = sorted(through.map(({ sentMs }) => sentMs));
  const ended = sorted(through.map(({ endedMs }) => endedMs));
  return refusals.filter((call) => countBelow(sent, call.endedMs) - countBelow(ended, call.sentMs) < most);
}

/**
 * A rejection that names no limit is attributed to calls in flight if it comes only while the whole limit of ours is in
 * flight.
 * Any other may belong to a limit over time, unless the times of the calls exclude that.
 */
export const unnamedRefusal: Confounder = ({ calls, limit }, candidates) => {
  const unnamed = calls.filter(isUnnamed);
  const [first] = unnamed;
  if (!first) return undefined;
  const words = first.rejection?.message ?? "";
  const what = words.startsWith(`${first.status}`) ? words : `${first.status} ${words}`;
  const said = `the refusals do not say which limit they are of (${what})`;
  const most = limit.value;
  if (most === null) return { text: said };
  const early = lonely(unnamed, calls, most);
  if (early.length === 0)
    return { text: `${said}; they came only with ${most} calls in flight, as those of a parallel limit do` };
  if (!calls.some(isAdmitted)) {
    return {
      text: `${said}, and no call was let through: perhaps the server is down, or its own limit of requests is spent`,
      explains: restsOnCapacity,
      blocks: true,
    };
  }
  if (!couldBeRate(calls, early)) {
    return {
      text: `${said}; no limit of requests a second or a minute refuses at such times, one of an hour or a day might`,
    };
  }
  const wait = candidates.some(restsOnCapacity) ? "; --settle 4m tells them apart" : "";
  return {
    text: `${said}, and some came with fewer than the limit in flight (call ${formatCalls(early)}): a limit of requests over time would look the same${wait}`,
    explains: restsOnCapacity,
    blocks: true,
  };
};
