import { isVersion } from "../../litellm/releases.js";
import { plural } from "../../terminal/plural.js";
import { type Counter, counterLabel } from "../counter.js";
import type { Diagnosis } from "../diagnose.js";
import { howToInclude } from "../others.js";
import { about, type Check, passed, type Remark, skipped, warned } from "./check.js";

export const namespace: Check = {
  title: "one spelling of each key",
  group: "counters",
  needs: ["Redis"],
  run({ counters, others, namespace, release }) {
    if (!counters.known) return skipped(counters);
    const orphans = counters.value.filter(({ orphan }) => orphan !== undefined);
    const findings = [
      ...orphans.map((counter) => about(counter.name.name, `${counterLabel(counter)}: ${counter.orphan}`)),
      ...sayOthers(others),
    ];
    const left = others.length > 0 ? `${plural(others.length, "counter")} not yours and left alone` : "";
    if (orphans.length > 0) {
      return warned(
        `${plural(orphans.length, "counter")} under a name that the proxy does not admit by${left && `; ${left}`}`,
        "it refuses nobody; --fix takes it away where something proves that it was left behind",
        findings,
      );
    }
    const unknown = whatToTell({ others, namespace, release });
    if (unknown)
      return warned(`${plural(others.length, "counter")} left alone, not known to be yours`, unknown, findings);
    if (left) return passed(left, howToInclude(others), findings);
    return passed(
      namespace.name === null
        ? "each key is counted under one name"
        : `every counter here is of namespace ${namespace.name}`,
    );
  },
};

/** More namespaces, or names of one of them, than a person reads. */
const MOST_SAID = 20;

/** A finding for each reason, not for each counter: another deployment may have thousands, and they come and go. */
function sayOthers(others: readonly Counter[]): Remark[] {
  const reasons = new Map<string, Counter[]>();
  for (const counter of others) {
    const reason = counter.notOurs ?? "";
    reasons.set(reason, [...(reasons.get(reason) ?? []), counter]);
  }
  const said = [...reasons].slice(0, MOST_SAID).map(([reason, alike]) => ({
    key: alike.length === 1 ? (alike[0]?.name.name ?? null) : null,
    text: `${plural(alike.length, "counter")} not yours, left alone: ${reason}`,
    severity: "note" as const,
    evidence: [
      ...alike.slice(0, MOST_SAID).map(({ name }) => name.name),
      ...(alike.length > MOST_SAID ? [`and ${alike.length - MOST_SAID} more`] : []),
    ],
    advice: howToInclude(alike),
  }));
  const more = reasons.size - said.length;
  return more > 0 ? [...said, { key: null, text: `and ${more} more namespaces`, severity: "note" as const }] : said;
}

/** What the operator has to tell before anybody can say whose they are; undefined when that is known. */
function whatToTell({ others, namespace, release }: Pick<Diagnosis, "others" | "namespace" | "release">) {
  const named = others.filter(({ name }) => name.namespace !== null);
  if (!namespace.told && named.length > 0) return `name the namespace that the proxy uses: ${howToInclude(named)}`;
  const plain = others.some(({ name }) => name.namespace === null && name.family === "parallel");
  const known = release.known && isVersion(release.value.version);
  return namespace.name !== null && plain && !known ? "name the release: --litellm-version <release>" : undefined;
}
