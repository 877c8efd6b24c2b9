import { leaksOf } from "../../litellm/releases.js";
import { formatDuration } from "../../terminal/duration.js";
import { plural } from "../../terminal/plural.js";
import { type Counter, type CounterContext, counterLabel } from "../counter.js";
import type { Diagnosis } from "../diagnose.js";
import { wrongType } from "../evidence/impossible.js";
import { neededMs, typeWindow } from "../facts/window.js";
import { describeEvidence } from "../plan.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";

export const locked: Check = {
  title: "locked counters",
  group: "counters",
  needs: ["Redis"],
  run(examination) {
    const { counters, plan, counterContext, evidence: found } = examination;
    const isShort = (counter: Counter) => Boolean(found.get(counter)?.short);
    if (!counters.known) return skipped(counters);
    const numbers = counters.value.filter((one) => one.shape === "windowed" && !wrongType(one, counterContext));
    const cause = causeOf(examination);
    const sick = plan.filter(({ kind }) => kind === "locked");
    const sickKeys = new Set(sick.map(({ act }) => act.key));
    const doubtful = numbers.filter((one) => !sickKeys.has(one.name.name) && isSuspect(one, isShort(one)));
    const findings = [
      ...sick.map(({ counter, evidence, action }) =>
        about(
          counter.name.name,
          `${describe(counter)}: left behind; --fix would ${action}`,
          evidence.map(describeEvidence),
          cause?.link ?? null,
        ),
      ),
      ...doubtful.map((counter) => {
        const { doubts = [] } = found.get(counter) ?? {};
        return about(
          counter.name.name,
          `${describe(counter)}: ${counter.why}`,
          doubts.map((doubt) => `no proof: ${doubt}`),
        );
      }),
    ];
    if (sick.length > 0) {
      const advice = cause?.fixedIn
        ? `free it with --fix; it will come again until LiteLLM ${cause.fixedIn}, or until rpm and tpm limits are taken off the key`
        : "free it with --fix";
      return failed(`${plural(sick.length, "counter")} left behind by calls that are over`, advice, findings);
    }
    if (doubtful.length > 0) {
      return warned(
        `${plural(doubtful.length, "counter")} at the limit or of unknown limit, and none proved to be locked`,
        doubtful.some(isShort) ? sayEnough(counterContext) : IDLE_OR_PROBE,
        findings,
      );
    }
    return passed(numbers.length === 0 ? "no numbers of LiteLLM ≤ 1.93 here" : "no counter is at its limit");
  },
};

const IDLE_OR_PROBE = "is nothing running on the key? then --idle proves it; or probe it: llmctl probe";

/** What would be enough to free what looked locked; the lines to type are those of the document. */
export const sayEnough = (counterContext: CounterContext): string => {
  const { longestCallMs, windowMs } = counterContext;
  const word =
    longestCallMs > windowMs
      ? ` if no call of yours takes longer than ${typeWindow(counterContext)}: --fix --longest-call ${typeWindow(counterContext)};`
      : "";
  return `if nothing is using the key now: --fix --idle;${word} otherwise --watch --fix proves it after ${formatDuration(neededMs(counterContext))}`;
};

/** What a person may take for stuck. `short`: nothing but a longer observation is missing. */
const isSuspect = ({ held, limit, reading }: Counter, short: boolean): boolean => {
  if (held === null) return false;
  return limit === null ? held > 0 && (reading.ttlMs === -1 || short) : held >= limit;
};

const describe = (counter: Counter): string =>
  `${counterLabel(counter)} at ${counter.held ?? "?"} of ${counter.limit ?? "unknown limit"}${counter.reading.ttlMs === -1 ? ", no expiry" : ""}`;

/** The known leak that makes counters without expiry, if this release has one. */
function causeOf({ proxy }: Diagnosis) {
  const version = proxy.known ? proxy.value.version : null;
  return version === null
    ? undefined
    : leaksOf(version).find(({ id }) => id === "messages-never-release" || id === "sticky-lock");
}
