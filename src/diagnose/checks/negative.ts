import { plural } from "../../terminal/plural.js";
import { counterLabel } from "../counter.js";
import { about, type Check, passed, skipped, warned } from "./check.js";

export const negative: Check = {
  title: "negative counters",
  group: "counters",
  needs: ["Redis"],
  run({ counters }) {
    if (!counters.known) return skipped(counters);
    const below = counters.value.filter(({ held }) => held !== null && held < 0);
    if (below.length === 0) return passed("none");
    return warned(
      `${plural(below.length, "counter")} below zero: lowered more often than raised, so more than the limit may be let in`,
      "nothing to do: it expires, and on keys without a limit it is normal",
      below.map((counter) => about(counter.name.name, `${counterLabel(counter)} at ${counter.held}`)),
    );
  },
};
