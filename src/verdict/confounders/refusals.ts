import type { RejectionSource } from "../../litellm/rejection.js";
import { formatCalls, isAdmitted, isRefused } from "../calls.js";
import { wantedEndings } from "../endings.js";
import type { CallRecord } from "../events.js";
import { reportedLimits } from "../limit.js";
import type { Observations } from "../observations.js";
import { always, type Confounder, restsOnCapacity } from "./confounder.js";

const refusedBy = ({ calls }: Observations, source: RejectionSource) =>
  calls.filter((call) => call.ending === "refused" && call.rejection?.source === source);

const fromOther =
  (source: RejectionSource, text: string): Confounder =>
  (observations) => {
    const calls = refusedBy(observations, source);
    return calls.length > 0 ? { text: `${text} (call ${formatCalls(calls)})`, blocks: true } : undefined;
  };

/** A limit of requests or tokens over time refused calls. */
export const rateLimit = fromOther(
  "rate-limit",
  "calls were refused by a limit of requests or tokens, not by the parallel limit; wait until its window has ended (60 s), or use a key without it",
);

/** A deployment's limit refused calls. */
export const deploymentLimit = fromOther(
  "deployment-limit",
  "calls were refused by the router's limit for the deployment, which hides the key's own; name another --model",
);

/** The proxy refused because its Redis was unavailable. */
export const redisAway = fromOther("redis-away", "the proxy refused because its Redis is away, which is no limit");

/** The limiter admitted the call, so it counts as admitted. A provider that rejects most calls shows little. */
export const providerRefusal: Confounder = (observations) => {
  const calls = refusedBy(observations, "provider");
  if (calls.length === 0 || wantedEndings(observations.ending).includes("refused")) return undefined;
  const most = calls.length * 2 > observations.calls.length;
  return { text: `the provider itself refused calls (call ${formatCalls(calls)})`, blocks: most };
};

/** The limit of another scope refused calls. */
export const otherScope: Confounder = ({ calls }) => {
  const others = calls.filter((call) => isRefused(call) && call.rejection?.scope && !/key/.test(call.rejection.scope));
  if (others.length === 0) return undefined;
  const whose = [...new Set(others.map((call) => call.rejection?.scope))].join(", ");
  return {
    text: `the limit that refused is that of the ${whose}, which other keys use too (call ${formatCalls(others)})`,
    explains: restsOnCapacity,
    blocks: true,
  };
};

/** The limit is not known. */
export const noLimit: Confounder = ({ limit, calls }) =>
  limit.value === null
    ? { text: `no limit was found after ${calls.length} calls${sayBurst(calls)}`, blocks: true }
    : undefined;

/** Describes what a burst showed of an unknown limit, and what to type. */
function sayBurst(calls: readonly CallRecord[]): string {
  const burst = calls.filter(({ phase, round }) => phase === "burst" && round === 1);
  const through = burst.filter(isAdmitted).length;
  if (through > 0 && burst.some(isRefused)) {
    return `; of ${burst.length} at once ${through} were let through: if that is it, --limit ${through}`;
  }
  return `${burst.length > 1 ? `, ${burst.length} of them at once` : ""}; give it with --limit, or probe a key that has one`;
}

/** The limit changed during the run, or differs from the one that is known. */
export const limitChanged: Confounder = ({ calls, known, limit }) => {
  const limits = new Set(reportedLimits(calls));
  if (limits.size > 1) {
    return { text: `the limit changed while we called: ${[...limits].join(", ")}`, explains: always, blocks: true };
  }
  if (known.value === null || known.value === limit.value) return undefined;
  return {
    text: `the limit was said to be ${known.value} (${known.source}), but the limiter goes by ${limit.value}; it is judged by that`,
  };
};
