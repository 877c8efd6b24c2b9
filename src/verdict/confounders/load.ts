import { formatCalls, isAdmitted } from "../calls.js";
import type { CallRecord } from "../events.js";
import { seconds } from "../findings/candidate.js";
import type { Confounder } from "./confounder.js";

/**
 * A rejected caller tries again after a second. A call shorter than two seconds may end before another caller can be
 * admitted beside it.
 */
const LONG_MS = 2000;

/** A window's end shows only in calls that are open on both sides of it. */
export const shortForWindow: Confounder = ({ calls, windowMs }, candidates) => {
  if (windowMs === null || candidates.some(({ kind }) => kind === "over-admission")) return undefined;
  const load = calls.filter(({ phase }) => phase === "load");
  const [first] = load;
  const spanMs = first ? load.reduce((most, call) => Math.max(most, call.sentMs - first.sentMs), 0) : 0;
  if (spanMs < windowMs) {
    return {
      text: `the load ended after ${seconds(spanMs)}, before a window of ${seconds(windowMs)} was over; raise -n`,
      blocks: true,
    };
  }
  const short = load.filter((call) => isAdmitted(call) && openMs(call) < LONG_MS);
  if (short.length * 2 <= load.filter(isAdmitted).length) return undefined;
  return {
    text: `most calls were open for less than ${seconds(LONG_MS)} (call ${formatCalls(short.slice(0, 5))}, …), too short to see what the end of a window lets in beside them; make them longer: --max-tokens 2000`,
    blocks: true,
  };
};

const openMs = ({ firstByteMs, lastByteMs }: CallRecord): number =>
  firstByteMs === null || lastByteMs === null ? 0 : lastByteMs - firstByteMs;
