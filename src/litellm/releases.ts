import type { ShapeKind } from "./shapes/shape.js";

/** A bug of some releases that leaks slots or admits too many calls. */
export interface KnownLeak {
  readonly id: string;
  /** One sentence: which calls, and what they leave. */
  readonly text: string;
  /** Endpoints whose calls leak; empty for all. */
  readonly endpoints: readonly string[];
  /** First release that was seen or reported to have it; the first of its shape where the shape itself is the cause. */
  readonly from: string;
  /** First release that was seen without it; null when no release fixed it. Releases between were not run. */
  readonly fixedIn: string | null;
  readonly link: string | null;
}

/** First release with the *windowed* limiter, and with the *slots* one. */
const WINDOWED_SINCE = "1.77.2";
const SLOTS_SINCE = "1.94.0";

/** First release with `general_settings.coordination_redis`. */
export const COORDINATION_SINCE = "1.93.0";
/** First release with `general_settings.fail_closed_rate_limit_enforcement`. */
export const FAIL_CLOSED_SINCE = "1.105.0";
/**
 * First releases known to count in the Redis of REDIS_HOST and similar variables. Without a cache block: 1.109.1 was
 * run and does, 1.95.0 was run and does not. With a cache of another kind: 1.95.0 by its source, 1.79.1 was run and
 * does not.
 */
export const ENVIRONMENT_REDIS_FROM = { off: "1.109.1", "not-redis": "1.95.0" } as const;

const ISSUE = "https://github.com/BerriAI/litellm/issues/";

/** Each entry was seen on running proxies; docs/litellm.md lists the releases that were run. */
export const KNOWN_LEAKS: readonly KnownLeak[] = [
  {
    id: "minute-unfinished",
    text: "calls for an unknown model and aborted streams are counted until their minute ends, and a burst may pass the limit by one",
    endpoints: [],
    from: "0.0.0",
    fixedIn: WINDOWED_SINCE,
    link: null,
  },
  {
    id: "messages-never-release",
    text: "/v1/messages and /v1/responses never give their slot back; with an rpm or tpm limit beside it the key stays locked permanently",
    endpoints: ["messages", "responses"],
    from: WINDOWED_SINCE,
    fixedIn: "1.80.8",
    link: `${ISSUE}17323`,
  },
  {
    id: "sticky-lock",
    text: "with an rpm or tpm limit on the key, refused calls hold a leaked counter at the limit as long as a client retries once a window (60 s)",
    endpoints: [],
    from: WINDOWED_SINCE,
    fixedIn: SLOTS_SINCE,
    link: null,
  },
  {
    id: "window-roll",
    text: "calls longer than the window are forgotten when it ends, and refusals from a worker's memory lower the counter: more than the limit run at once",
    endpoints: [],
    from: WINDOWED_SINCE,
    fixedIn: SLOTS_SINCE,
    link: null,
  },
  {
    id: "namespace-drift",
    text: "with a Redis namespace, calls are counted under the plain name and failures are taken off the prefixed one, so upstream errors lock the key",
    endpoints: [],
    from: WINDOWED_SINCE,
    fixedIn: "1.91.0",
    link: null,
  },
  {
    id: "responses-cut",
    text: "/v1/responses streams cut by the provider never give their slot back",
    endpoints: ["responses"],
    from: "1.80.8",
    fixedIn: SLOTS_SINCE,
    link: null,
  },
  {
    id: "streams-cut",
    text: "streams cut by the provider may never give their slot back: those of /v1/messages served by an OpenAI model never do, others by chance",
    endpoints: ["chat", "messages", "completions"],
    from: "1.91.5",
    fixedIn: SLOTS_SINCE,
    link: null,
  },
  {
    id: "completions-failed",
    text: "/v1/completions streams that an OpenAI model refuses never give their slot back",
    endpoints: ["completions"],
    from: "1.79.1",
    fixedIn: "1.95.0",
    link: null,
  },
  {
    id: "messages-given-back-twice",
    text: "/v1/messages streams that the client leaves give their slot back twice, and so do streams of /v1/messages and /v1/responses that the other API's provider refuses: more than the limit run at once",
    endpoints: ["messages", "responses"],
    from: "1.91.5",
    fixedIn: SLOTS_SINCE,
    link: null,
  },
  {
    id: "responses-translated",
    text: "completed /v1/responses calls served by a model of another provider than OpenAI never give their slot back",
    endpoints: ["responses"],
    from: SLOTS_SINCE,
    fixedIn: "1.96.2",
    link: null,
  },
  {
    id: "messages-cache-hit",
    text: "with response caching on, cache hits of /v1/messages served by an OpenAI model never give their slot back",
    endpoints: ["messages"],
    from: "1.95.0",
    fixedIn: "1.96.2",
    link: `${ISSUE}27955`,
  },
  {
    id: "messages-cut",
    text: "/v1/messages streams served by an OpenAI model and cut by the provider never give their slot back",
    endpoints: ["messages"],
    from: "1.96.2",
    fixedIn: "1.109.1",
    link: null,
  },
  {
    id: "killed-worker",
    text: "a worker that is killed leaves its slots behind for an hour",
    endpoints: [],
    from: SLOTS_SINCE,
    fixedIn: null,
    link: null,
  },
];

/** Compares `1.79.1` with `1.80.8` number by number; suffixes such as `-nightly` or `.rc1` are ignored. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)) as [
    number[],
    number[],
  ];
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a text is a release; LiteLLM reports `unknown` when it was not installed as a package. */
export const isVersion = (text: string): boolean => /^v?\d+\.\d+/.test(text);

/**
 * The shape that a release writes by default (LEGACY_MULTI_INSTANCE_RATE_LIMITING keeps *minute* in later ones); null
 * for a text that is no release.
 */
export function shapeOfRelease(version: string): ShapeKind | null {
  if (!isVersion(version)) return null;
  if (compareVersions(version, WINDOWED_SINCE) < 0) return "minute";
  return compareVersions(version, SLOTS_SINCE) < 0 ? "windowed" : "slots";
}

/** The known leaks of a release; empty for a text that is no release. */
export const leaksOf = (version: string): readonly KnownLeak[] =>
  KNOWN_LEAKS.filter(
    ({ from, fixedIn }) =>
      isVersion(version) &&
      compareVersions(version, from) >= 0 &&
      (fixedIn === null || compareVersions(version, fixedIn) < 0),
  );

/**
 * How long, in milliseconds, a worker may still reject after Redis was repaired: the lifetime of its cached counter.
 * `windowMs`: the window in force.
 */
export const workerCacheTtlMs = (shape: ShapeKind, windowMs: number): number =>
  shape === "slots" ? SLOTS_LIVE_MS : shape === "windowed" ? windowMs : 0;

/** A worker's cached sorted set lives for an hour like the set itself, whatever the window is. */
export const SLOTS_LIVE_MS = 3_600_000;
