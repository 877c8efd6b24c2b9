import type { KeyPlan, Phase, Story } from "./scenario.js";

/** Histories in which doctor once did harm, small enough to be read. The first rules of each kind failed in every campaign, too. */
export interface KnownStory {
  readonly name: string;
  readonly story: Story;
}

const FIX: Phase = { act: "fix", observe: "65s", events: [], blow: null, atMost: null, only: null };
const STORY: Story = {
  ...{ keys: [], olderThanS: null, idle: false, scope: null, windowS: 60, windowTold: false, longestS: null },
  deployment: {
    ...{ release: "1.85.7", namespace: "", releaseTold: true, namespaceTold: "by the proxy" },
    ...{ rosterTold: true, theirs: "dev:" },
  },
  ...{ clockOffMs: 0, keeps: "every write", phases: [FIX] },
};

const key = (plan: KeyPlan["plan"], more: Partial<KeyPlan> = {}): KeyPlan => ({
  ...{ plan, whose: "ours", limit: 2, told: true, tokenLimited: false },
  ...more,
});

/** Two calls in flight on a limit of two, each as long as `part` of the longest there is, beside a client that retries. */
const busy = (part: number, endless = false): KeyPlan =>
  key({
    ...{ shape: "windowed", live: 2, leaked: 0, endless, retried: true, run: "none" },
    calls: [{ part, givesBack: true }],
  });

const young: KeyPlan["plan"] = { shape: "slots", slots: [{ ageS: 2, proven: false }], endless: false };
const old: KeyPlan["plan"] = { shape: "slots", slots: [{ ageS: 1300, proven: false }], endless: false };

export const knownStories: readonly KnownStory[] = [
  {
    name: "two calls of 100 s beside a client that retries are no lock",
    story: { ...STORY, keys: [busy(1), key(old)], longestS: 100 },
  },
  {
    name: "nor are two of 8 min, of which nobody told",
    story: { ...STORY, keys: [busy(0.8), key(old)] },
  },
  {
    name: "nor two messages calls of 1.79.1, whose counter has no expiry",
    story: { ...STORY, keys: [busy(0.8, true), key(old)] },
  },
  {
    name: "the calls of an old pod in a key without expiry are alive beside a release that keeps sets",
    story: {
      ...STORY,
      deployment: { ...STORY.deployment, release: "1.95.0" },
      keys: [busy(0.5, true), key(old)],
    },
  },
  {
    name: "a window of 20 s is over long before a call of 30 s",
    story: {
      ...STORY,
      ...{ keys: [busy(1), key(old)], windowS: 20, windowTold: true, longestS: 30 },
      phases: [{ ...FIX, observe: "25s" }],
    },
  },
  {
    name: "calls within a window of 300 s, which only an expiry shows",
    story: { ...STORY, keys: [busy(0.45), key(old)], windowS: 300 },
  },
  {
    name: "who says that nothing runs says it of one deployment",
    story: { ...STORY, idle: true, keys: [key(old), key(young, { whose: "theirs" })] },
  },
  {
    name: "an age that is named is named for one deployment, also where both have the key",
    story: {
      ...STORY,
      ...{ olderThanS: 900, keys: [key(old), key(old, { whose: "twin" })] },
      deployment: { ...STORY.deployment, release: "1.95.0", namespace: "prod", namespaceTold: "by a flag" },
    },
  },
  {
    name: "a plain name beside namespace prod is another's from 1.91 on",
    story: {
      ...STORY,
      ...{ olderThanS: 900, keys: [key(old), key(old, { whose: "theirs" })] },
      deployment: {
        ...STORY.deployment,
        ...{ release: "1.95.0", namespace: "prod", namespaceTold: "by a flag", rosterTold: false, theirs: "" },
      },
    },
  },
  {
    name: "up to 1.90 the proxy's list tells its plain names from another's",
    story: {
      ...STORY,
      ...{ idle: true, keys: [key(old), key(old, { whose: "theirs" })] },
      deployment: { ...STORY.deployment, namespace: "prod", theirs: "" },
    },
  },
];
