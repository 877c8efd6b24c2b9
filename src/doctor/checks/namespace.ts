import { many } from "../../terminal/many.js";
import { callIt } from "../patient.js";
import { about, type Check, passed, skipped, warned } from "./check.js";

export const namespace: Check = {
  title: "one spelling of each key",
  group: "counters",
  needs: ["Redis"],
  run({ patients, namespace }) {
    if (!patients.known) return skipped(patients);
    const counters = patients.value.filter(({ name }) => name.family === "parallel");
    const orphans = counters.filter(({ orphan }) => orphan !== undefined);
    if (orphans.length > 0) {
      return warned(
        `${many(orphans.length, "counter")} under a name that the proxy does not admit by`,
        "it refuses nobody; --fix takes it away where something proves that it was left behind",
        orphans.map((patient) => about(patient.name.name, `${callIt(patient)}: ${patient.orphan}`)),
      );
    }
    const spellings = new Map<string, string[]>();
    for (const { name } of counters) spellings.set(name.owner.id, [...(spellings.get(name.owner.id) ?? []), name.name]);
    const doubled = [...spellings.values()].filter((names) => names.length > 1);
    if (doubled.length > 0) {
      return warned(
        `${many(doubled.length, "key")} counted under more than one name`,
        "say which namespace the proxy uses: --redis-namespace <name>",
        doubled.map((names) => about(names[0] as string, names.join(" and "))),
      );
    }
    return passed(
      namespace === null
        ? "each key is counted under one name"
        : `no counter outside namespace ${namespace} is left over`,
    );
  },
};
