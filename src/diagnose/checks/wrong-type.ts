import { plural } from "../../terminal/plural.js";
import { counterLabel } from "../counter.js";
import { wrongType as isWrong } from "../evidence/impossible.js";
import { describeEvidence } from "../plan.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";
import { sayEnough } from "./locked.js";

export const wrongType: Check = {
  title: "keys of another generation",
  group: "counters",
  needs: ["proxy", "Redis"],
  run({ counters, plan, counterContext, proxy, evidence: found }) {
    if (!counters.known) return skipped(counters);
    const unknown = counters.value.filter(({ shape }) => shape === null);
    const wrong = counters.value.filter((counter) => isWrong(counter, counterContext));
    const planned = new Map(plan.filter(({ kind }) => kind === "wrong-type").map((repair) => [repair.act.key, repair]));
    const findings = [
      ...wrong.map((counter) => {
        const repair = planned.get(counter.name.name);
        const proof =
          repair?.evidence.map(describeEvidence) ??
          (found.get(counter)?.doubts ?? []).map((doubt) => `no proof: ${doubt}`);
        return about(
          counter.name.name,
          `${counterLabel(counter)}: ${counter.why}${repair ? `; --fix would ${repair.action}` : ""}`,
          proof,
        );
      }),
      ...unknown.map((counter) =>
        about(counter.name.name, `${counterLabel(counter)}: ${counter.why}; llmctl does not touch it`),
      ),
    ];
    if (planned.size > 0)
      return failed(
        `${plural(planned.size, "key")} left by another generation of LiteLLM`,
        "take them away with --fix",
        findings,
      );
    if (findings.length > 0) {
      return warned(
        `${plural(findings.length, "key")} of another type than this release writes`,
        wrong.some((counter) => found.get(counter)?.short) ? sayEnough(counterContext) : "one with an expiry expires",
        findings,
      );
    }
    if (counterContext.expected === null) {
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
