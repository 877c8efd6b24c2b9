import { outOfReach, sayReach } from "../mirrors.js";
import { about, type Check, many, passed, skipped, warned } from "./check.js";

export const mirrors: Check = {
  title: "workers' own copies",
  group: "counters",
  needs: ["Redis"],
  run({ patients, plan, redis }) {
    if (!patients.known) return skipped(patients);
    const wallMs = redis.known ? redis.value.timeMs : 0;
    const copies = plan
      .map((repair) => outOfReach(repair, wallMs))
      .filter((one) => one !== undefined)
      .filter(({ until }) => until !== null);
    if (copies.length === 0) return passed("nothing to repair that a worker could remember");
    return warned(
      `after a repair ${many(copies.length, "key")} may still be refused for a while by workers that remember`,
      "wait, or do what each finding says",
      copies.map((copy) => about(copy.key, sayReach([copy]).join())),
    );
  },
};
