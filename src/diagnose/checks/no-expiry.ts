import { plural } from "../../terminal/plural.js";
import { counterLabel } from "../counter.js";
import { about, type Check, passed, skipped, warned } from "./check.js";

export const noExpiry: Check = {
  title: "counters without expiry",
  group: "counters",
  needs: ["Redis"],
  run({ counters }) {
    if (!counters.known) return skipped(counters);
    const endless = counters.value.filter(({ reading, shape }) => shape === "windowed" && reading.ttlMs === -1);
    if (endless.length === 0) return passed("every counter has a TTL");
    const findings = endless.map((counter) =>
      about(
        counter.name.name,
        `${counterLabel(counter)}: ${counter.held ?? "no number"}${counter.limit === null ? "" : ` of ${counter.limit}`}, no expiry`,
      ),
    );
    return warned(
      `${plural(endless.length, "counter")} without expiry; by itself that proves nothing, long calls on LiteLLM ≤ 1.80.7 look the same`,
      "see the check for locked counters",
      findings,
    );
  },
};
