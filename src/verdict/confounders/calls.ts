import { remainingLifetimeMs } from "../call-lifetime.js";
import { formatCalls, isAdmitted, isUnanswered, lastEnd } from "../calls.js";
import { wantedEndings } from "../endings.js";
import type { CallRecord } from "../events.js";
import { seconds } from "../findings/candidate.js";
import { apparentPeak, refusedBeyondLimit, unprovenExcess } from "../findings/over-admission.js";
import { earlyLags } from "../findings/slow-release.js";
import { wasFullBefore } from "../observations.js";
import { grows, recoveries, shrinks } from "../readings/capacity.js";
import { largest } from "../sorted-numbers.js";
import { type Confounder, restsOnCapacity } from "./confounder.js";

/** The run was stopped early. */
export const cutShort: Confounder = ({ stopped }) =>
  stopped === null ? undefined : { text: `the run ended before it was through: ${stopped}`, blocks: true };

/** Some calls ended before any answer. */
export const unanswered: Confounder = ({ calls }) => {
  const open = calls.filter(isUnanswered);
  return open.length > 0
    ? {
        text: `calls ended without any answer and may still hold slots (call ${formatCalls(open)}: ${open[0]?.error})`,
        explains: restsOnCapacity,
        blocks: true,
      }
    : undefined;
};

/**
 * A slot whose client has left may be in use: the proxy keeps it until the provider answers, and some releases until
 * the stream ends.
 */
export const abandoned: Confounder = (observations, candidates) => {
  const { calls, readings } = observations;
  if (candidates.some(({ kind }) => kind === "slow-release") && calls.some(leftEarly)) {
    return { text: "calls that we left before their first byte hold their slot until the provider answers the proxy" };
  }
  if (!candidates.some(({ kind }) => kind === "leak")) return undefined;
  const last = largest(
    calls.map((call) => call.sentMs),
    readings.at(-1)?.atMs ?? 0,
  );
  const alive = calls.filter(
    (call) => call.ending === "aborted" && last - call.endedMs < remainingLifetimeMs(call, observations.maxTokens),
  );
  if (alive.length === 0) return undefined;
  return {
    text: `a proxy may go on with calls that we left (call ${formatCalls(alive)}): wait longer, --settle 11m, to tell a leak from that`,
    explains: (one) => one.kind === "leak",
  };
};

const leftEarly = (call: CallRecord): boolean => call.ending === "aborted" && call.firstByteMs === null;

/** Calls failed without being asked to. */
export const callsFailed: Confounder = ({ calls, ending }) => {
  const wanted = wantedEndings(ending);
  // A rejection is the limiter's answer, and a call that we interrupted did not fail.
  const apart = ["refused", "interrupted", ...wanted];
  const odd = calls.filter((call) => !apart.includes(call.ending) && !isUnanswered(call));
  const good = calls.some((call) => wanted.includes(call.ending));
  if (odd.length === 0) return undefined;
  return { text: `calls failed by themselves (call ${formatCalls(odd)}: ${odd[0]?.error})`, blocks: !good };
};

/** Calls ended in another way than the run asked for. */
export const endedEarly: Confounder = ({ calls, ending }) => {
  const whole = calls.filter((call) => call.ending === "completed");
  return ending.startsWith("aborted") && whole.length > 0
    ? {
        text: `calls were over before we could leave them (call ${formatCalls(whole)}); leave earlier, or ask for more with --max-tokens`,
        blocks: !calls.some((call) => call.ending === "aborted"),
      }
    : undefined;
};

/** Answers came from a cache, so the calls hardly overlapped. */
export const cached: Confounder = ({ calls }) => {
  const fromCache = calls.filter((call) => call.cached);
  return fromCache.length > 0
    ? {
        text: `answers came from the proxy's response cache (call ${formatCalls(fromCache)}); vary --prompt to reach the model`,
      }
    : undefined;
};

/** No call was seen to overlap another. */
export const noOverlap: Confounder = (observations, candidates) => {
  if (observations.limit.value === null || candidates.some(({ kind }) => kind === "over-admission")) return undefined;
  const many = unprovenExcess(observations);
  if (many.length === 0) return undefined;
  return {
    text: `more than ${observations.limit.value} calls of a burst were admitted, but too short to see whether they ran at once (call ${formatCalls(many)}); make them longer: --stream, --max-tokens 200`,
    blocks: true,
  };
};

/**
 * In a load, calls that follow each other closely seem to overlap when the network delays the last bytes of the first.
 */
export const shortOverlap: Confounder = (observations, candidates) => {
  const most = observations.limit.value;
  if (most === null || candidates.some(({ kind }) => kind === "over-admission")) return undefined;
  const seeming = apparentPeak(observations.calls);
  return seeming.length > most
    ? {
        text: `${seeming.length} calls seemed to be answered at once, for no longer than a network may hold bytes back (call ${formatCalls(seeming)}); longer answers would tell: --stream, --max-tokens 200`,
      }
    : undefined;
};

/** Without Redis a leak shows only after more calls than the limit: fewer find room even if no slot is returned. */
export const tooFewCalls: Confounder = ({ bursts, readings, calls, limit }) => {
  const admitted = calls.filter(isAdmitted).length;
  if (bursts || readings.length > 0 || limit.value === null || admitted > limit.value) return undefined;
  return {
    text: `${admitted} calls were admitted, and without Redis it takes more than ${limit.value} to see a leak; raise -n`,
    blocks: true,
  };
};

/** The run did not show that calls beyond the limit are rejected. */
export const notEnforced: Confounder = (observations, candidates) => {
  if (observations.limit.value === null || candidates.length > 0 || refusedBeyondLimit(observations)) return undefined;
  const why = observations.bursts ? "no burst was larger than the limit" : "no burst was made";
  return {
    text: `${why}, so it was not seen that more than ${observations.limit.value} are refused`,
    blocks: observations.bursts,
  };
};

/** Slots were returned later than the allowed lag. */
export const lateRelease: Confounder = (observations) => {
  const early = earlyLags(observations).filter(
    ({ recovery }) => !recovery.trouble.calls.some(({ n }) => n === 1) || !wasFullBefore(observations),
  );
  const lag = early.find(({ troubleMs }) => troubleMs >= observations.maxLagMs) ?? early[0];
  if (!lag) return undefined;
  const late = lag.troubleMs >= observations.maxLagMs;
  const when = late ? `${seconds(lag.troubleMs)} after our calls had ended` : "for a moment";
  return {
    text: `room was missing ${when} in round ${lag.recovery.round}, and all there when looked at after ${seconds(lag.toMs)}`,
    // Seen once, it may as well have been another client's call. It still cannot be said that every slot came back in
    // time.
    blocks: late,
  };
};

/** Capacity was still missing when the run ended. */
export const stillRecovering: Confounder = (observations, candidates) => {
  const limit = observations.limit.value;
  if (limit === null || candidates.some(({ kind }) => kind === "leak")) return undefined;
  const open = recoveries(observations).find((one) => !one.looks.some((look) => look.atLeast >= limit));
  if (!open) return undefined;
  if (grows(open) && !shrinks(open)) {
    const last = open.looks.at(-1)?.atMs ?? lastEnd(observations.calls);
    return {
      text: `room was growing when we stopped looking after ${seconds(last - open.endMs)}; wait longer with --settle`,
      blocks: true,
    };
  }
  // Missing capacity is not healthy, even where it proves nothing.
  return { text: `in round ${open.round} the room never came back to ${limit}`, blocks: true };
};
