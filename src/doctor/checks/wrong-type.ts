import { many } from "../../terminal/many.js";
import { wrongType as isWrong } from "../evidence/impossible.js";
import { diagnose } from "../evidence/index.js";
import { callIt } from "../patient.js";
import { sayEvidence } from "../repair/plan.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";
import { sayEnough } from "./locked.js";

export const wrongType: Check = {
  title: "keys of another generation",
  group: "counters",
  needs: ["proxy", "Redis"],
  run({ patients, plan, circumstances, proxy }) {
    if (!patients.known) return skipped(patients);
    const unknown = patients.value.filter(({ shape }) => shape === null);
    const wrong = patients.value.filter((patient) => isWrong(patient, circumstances));
    const planned = new Map(plan.filter(({ kind }) => kind === "wrong-type").map((repair) => [repair.act.key, repair]));
    const findings = [
      ...wrong.map((patient) => {
        const repair = planned.get(patient.name.name);
        const proof =
          repair?.evidence.map(sayEvidence) ??
          diagnose(patient, circumstances).doubts.map((doubt) => `no proof: ${doubt}`);
        return about(
          patient.name.name,
          `${callIt(patient)}: ${patient.why}${repair ? `; --fix would ${repair.action}` : ""}`,
          proof,
        );
      }),
      ...unknown.map((patient) =>
        about(patient.name.name, `${callIt(patient)}: ${patient.why}; llmctl does not touch it`),
      ),
    ];
    if (planned.size > 0)
      return failed(
        `${many(planned.size, "key")} left by another generation of LiteLLM`,
        "take them away with --fix",
        findings,
      );
    if (findings.length > 0) {
      return warned(
        `${many(findings.length, "key")} of another type than this release writes`,
        wrong.some((patient) => diagnose(patient, circumstances).short !== null)
          ? sayEnough(circumstances)
          : "one with an expiry goes by itself",
        findings,
      );
    }
    if (circumstances.expected === null) {
      const why = proxy.known ? "the proxy does not tell its release" : proxy.why;
      return skipped({
        known: false,
        why: `which type is right is not known: ${why}`,
        advice: proxy.known ? "" : proxy.advice,
        failed: false,
      });
    }
    return passed("every counter has the type that this release writes");
  },
};
