import { leaksOf } from "../../litellm/releases.js";
import { plural } from "../../terminal/plural.js";
import { type Check, passed, type Remark, skipped, warned } from "./check.js";

export const knownLeaks: Check = {
  title: "known leaks of this release",
  group: "litellm",
  needs: ["proxy"],
  run({ release }) {
    if (!release.known) return skipped(release);
    const { version, shape } = release.value;
    if (shape === "minute")
      return passed(`LiteLLM ${version} with the limiter of one minute: what leaks is forgotten with its minute`);
    const leaks = leaksOf(version);
    const bugs = leaks.filter(({ fixedIn }) => fixedIn !== null);
    const findings = leaks.map(({ text, fixedIn, link }): Remark => {
      const since = fixedIn === null ? "in every release so far" : `fixed in ${fixedIn}`;
      return { text: `${text}; ${since}`, link, ...(fixedIn === null ? { severity: "note", advice: "" } : {}) };
    });
    // What every release has is worth knowing, but there is nothing to upgrade to.
    if (bugs.length === 0) return passed(`none in LiteLLM ${version} that a later release fixes`, "", findings);
    const best = bugs
      .map(({ fixedIn }) => fixedIn as string)
      .sort(byVersion)
      .at(-1);
    return warned(
      `LiteLLM ${version} has ${plural(bugs.length, "known leak")}`,
      `upgrade to LiteLLM ${best} or later`,
      findings,
    );
  },
};

const byVersion = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
