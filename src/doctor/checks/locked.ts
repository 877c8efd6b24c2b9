import { leaksOf } from "../../litellm/releases.js";
import { sayDuration } from "../../terminal/duration.js";
import { many } from "../../terminal/many.js";
import { wrongType } from "../evidence/impossible.js";
import { diagnose } from "../evidence/index.js";
import type { Examination } from "../examination.js";
import { typeWindow } from "../next.js";
import { type Circumstances, callIt, type Patient } from "../patient.js";
import { sayEvidence } from "../repair/plan.js";
import { neededMs } from "../window.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";

export const locked: Check = {
  title: "locked counters",
  group: "counters",
  needs: ["Redis"],
  run(examination) {
    const { patients, plan, circumstances } = examination;
    if (!patients.known) return skipped(patients);
    const numbers = patients.value.filter((one) => one.shape === "windowed" && !wrongType(one, circumstances));
    const cause = causeOf(examination);
    const sick = plan.filter(({ kind }) => kind === "locked");
    const sickKeys = new Set(sick.map(({ act }) => act.key));
    const doubtful = numbers.filter((one) => !sickKeys.has(one.name.name) && isSuspect(one, circumstances));
    const findings = [
      ...sick.map(({ patient, evidence, action }) =>
        about(
          patient.name.name,
          `${describe(patient)}: left behind; --fix would ${action}`,
          evidence.map(sayEvidence),
          cause?.link ?? null,
        ),
      ),
      ...doubtful.map((patient) => {
        const { doubts } = diagnose(patient, circumstances);
        return about(
          patient.name.name,
          `${describe(patient)}: ${patient.why}`,
          doubts.map((doubt) => `no proof: ${doubt}`),
        );
      }),
    ];
    if (sick.length > 0) {
      const advice = cause?.fixedIn
        ? `free it with --fix; it will come again until LiteLLM ${cause.fixedIn}, or until rpm and tpm limits are taken off the key`
        : "free it with --fix";
      return failed(`${many(sick.length, "counter")} left behind by calls that are over`, advice, findings);
    }
    if (doubtful.length > 0) {
      return warned(
        `${many(doubtful.length, "counter")} at the limit or of unknown limit, and none proved to be locked`,
        doubtful.some((patient) => isShort(patient, circumstances)) ? sayEnough(circumstances) : IDLE_OR_PROBE,
        findings,
      );
    }
    return passed(numbers.length === 0 ? "no numbers of LiteLLM ≤ 1.93 here" : "no counter is at its limit");
  },
};

const IDLE_OR_PROBE = "is nothing running on the key? then --idle proves it; or probe it: llmctl probe";

/** Whether nothing but a longer observation is missing. */
const isShort = (patient: Patient, circumstances: Circumstances): boolean =>
  diagnose(patient, circumstances).short !== null;

/** What would be enough to free what looked locked; the lines to type are those of the document. */
export const sayEnough = (circumstances: Circumstances): string => {
  const { longestCallMs, windowMs } = circumstances;
  const word =
    longestCallMs > windowMs
      ? ` if no call of yours takes longer than ${typeWindow(circumstances)}: --fix --longest-call ${typeWindow(circumstances)};`
      : "";
  return `if nothing is using the key now: --fix --idle;${word} otherwise --watch --fix proves it after ${sayDuration(neededMs(circumstances))}`;
};

/** What a person may take for stuck. */
const isSuspect = (patient: Patient, circumstances: Circumstances): boolean => {
  const { held, limit, reading } = patient;
  if (held === null) return false;
  return limit === null ? held > 0 && (reading.ttlMs === -1 || isShort(patient, circumstances)) : held >= limit;
};

const describe = (patient: Patient): string =>
  `${callIt(patient)} at ${patient.held ?? "?"} of ${patient.limit ?? "unknown limit"}${patient.reading.ttlMs === -1 ? ", no expiry" : ""}`;

/** The known leak that makes counters without expiry, if this release has one. */
function causeOf({ proxy }: Examination) {
  const version = proxy.known ? proxy.value.version : null;
  return version === null
    ? undefined
    : leaksOf(version).find(({ id }) => id === "messages-never-release" || id === "sticky-lock");
}
