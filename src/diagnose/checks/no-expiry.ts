import { many } from "../../terminal/plural.js";
import { callIt } from "../counter.js";
import { about, type Check, passed, skipped, warned } from "./check.js";

export const noExpiry: Check = {
  title: "counters without expiry",
  group: "counters",
  needs: ["Redis"],
  run({ patients }) {
    if (!patients.known) return skipped(patients);
    const endless = patients.value.filter(({ reading, shape }) => shape === "windowed" && reading.ttlMs === -1);
    if (endless.length === 0) return passed("every number goes by itself");
    const findings = endless.map((patient) =>
      about(
        patient.name.name,
        `${callIt(patient)}: ${patient.held ?? "no number"}${patient.limit === null ? "" : ` of ${patient.limit}`}, no expiry`,
      ),
    );
    return warned(
      `${many(endless.length, "counter")} without expiry; by itself that proves nothing, long calls on LiteLLM ≤ 1.80.7 look the same`,
      "see the check for locked counters",
      findings,
    );
  },
};
