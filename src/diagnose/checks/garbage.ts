import { plural } from "../../terminal/plural.js";
import { describeEvidence } from "../plan.js";
import { about, type Check, passed, skipped, warned } from "./check.js";

export const garbage: Check = {
  title: "minutes that are over",
  group: "counters",
  needs: ["Redis"],
  run({ counters, plan }) {
    if (!counters.known) return skipped(counters);
    const old = plan.filter(({ kind }) => kind === "garbage");
    if (old.length === 0) return passed("no key of a minute that is long over");
    return warned(
      `${plural(old.length, "key")} of minutes that are long over, without expiry: they refuse nobody and take memory`,
      "take them away with --fix",
      old.map(({ act, evidence }) => about(act.key, "left over", evidence.map(describeEvidence))),
    );
  },
};
