import { shapes } from "../../litellm/shapes/index.js";
import { AGED_MS } from "../../litellm/shapes/slots.js";
import { formatDuration } from "../../terminal/duration.js";
import { plural } from "../../terminal/plural.js";
import { type Counter, counterLabel } from "../counter.js";
import { describeEvidence } from "../plan.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";

export const slots: Check = {
  title: "slots left behind",
  group: "counters",
  needs: ["Redis"],
  run({ counters, plan }) {
    if (!counters.known) return skipped(counters);
    const dead = plan.filter(({ kind }) => kind === "slots");
    const proved = new Set(dead.map(({ act }) => act.key));
    const sets = counters.value.filter(({ shape }) => shape === "slots");
    const aged = sets.filter((one) => !proved.has(one.name.name) && oldest(one) >= AGED_MS);
    const full = aged.filter(({ held, limit }) => held !== null && limit !== null && held >= limit);
    const findings = [
      ...dead.map(({ counter, evidence, action }) =>
        about(counter.name.name, `${describe(counter)}; --fix would ${action}`, evidence.map(describeEvidence)),
      ),
      ...aged.map((counter) =>
        about(counter.name.name, `${describe(counter)}: old, and perhaps alive`, [
          "no proof: a hung call holds its slot until its provider answers or the proxy's timeout ends it",
        ]),
      ),
    ];
    const advice =
      aged.length > 0 ? "if no call of yours takes so long, say so: --fix --older-than 15m" : "free them with --fix";
    if (dead.length > 0)
      return failed(`${plural(dead.length, "key")} with slots of calls that are over`, advice, findings);
    if (full.length > 0)
      return failed(
        `${plural(full.length, "key")} full, with slots older than ${formatDuration(AGED_MS)}`,
        advice,
        findings,
      );
    if (aged.length > 0)
      return warned(`${plural(aged.length, "key")} with slots older than ${formatDuration(AGED_MS)}`, advice, findings);
    const busy = sets.filter(({ held, limit }) => held !== null && limit !== null && held >= limit);
    if (busy.length > 0) {
      return warned(
        `${plural(busy.length, "key")} full, and nothing proves that a slot of it was left behind`,
        "calls in flight look the same; a probe can tell them apart: llmctl probe --key-file <file>",
        busy.map((counter) => about(counter.name.name, describe(counter))),
      );
    }
    return passed(
      sets.length === 0
        ? "no slots in use"
        : `${plural(sets.length, "key")} with slots, none older than ${formatDuration(AGED_MS)}`,
    );
  },
};

const oldest = ({ reading }: Counter): number => shapes.slots.oldestMs(reading) ?? 0;

const describe = (counter: Counter): string =>
  `${counterLabel(counter)} holds ${counter.held} of ${counter.limit ?? "unknown limit"}, the oldest for ${formatDuration(oldest(counter))}`;
