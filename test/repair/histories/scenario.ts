import fc from "fast-check";

/** A sorted set of LiteLLM ≥ 1.94. */
interface SetPlan {
  readonly shape: "slots";
  /** `proven`: a recorded run saw it left behind. */
  readonly slots: readonly { readonly ageS: number; readonly proven: boolean }[];
  readonly endless: boolean;
}

/** A number of LiteLLM 1.77.2–1.93: calls in flight and calls that never gave back. */
interface NumberPlan {
  readonly shape: "windowed";
  readonly live: number;
  readonly leaked: number;
  readonly endless: boolean;
  /** Somebody retries all the time: each refused call lifts the counter for a moment and renews its expiry. */
  readonly retried: boolean;
  /** A recorded run saw the leaked calls appear and stay: just now, or five minutes ago and the counter has expired since, or a day ago. */
  readonly run: "none" | "fresh" | "expired since" | "old";
  /** Its calls in turn: how long each lasts, as a part of the longest call there is, and whether it gives its place back. */
  readonly calls: readonly CallPlan[];
}

interface CallPlan {
  readonly part: number;
  readonly givesBack: boolean;
}

/** A counter of one minute, LiteLLM ≤ 1.77.1. */
interface MinutePlan {
  readonly shape: "minute";
  readonly ageHours: number;
  readonly endless: boolean;
}

/** What no release of LiteLLM writes under such a name, or what is not the limiter's at all. */
interface ForeignPlan {
  readonly shape: "foreign";
  readonly what: "list" | "text" | "cache entry";
}

export interface KeyPlan {
  readonly plan: SetPlan | NumberPlan | MinutePlan | ForeignPlan;
  /** Whose it is: the doctor's deployment's, or that of another one on the same Redis; `twin`: with the hash of one of ours. */
  readonly whose: "ours" | "theirs" | "twin";
  readonly limit: number;
  /** Whether the proxy tells the limit; also whether it tells of a tokens-a-minute limit. */
  readonly told: boolean;
  readonly tokenLimited: boolean;
}

/** What proxies and clients do to one key between two commands of a doctor. */
export interface TrafficEvent {
  /** So many commands of the doctor after the event before it. */
  readonly after: number;
  /** Which key; null: the one that the doctor's next command is about. */
  readonly key: number | null;
  readonly what: "attempt" | "finish" | "leak" | "fail" | "renew" | "expire" | "upgrade";
  readonly n: number;
}

/** What befalls the doctor or its Redis at one of its commands. */
interface Blow {
  readonly kind: "killed" | "interrupted" | "second doctor" | "usurper" | "restart" | "restart, reply lost";
  readonly at: number;
}

export interface Phase {
  readonly act: "fix" | "undo";
  /** For how long locks are watched for; `enough`: as long as the longest call or the window, whichever is longer. */
  readonly observe: "not at all" | "25s" | "65s" | "enough";
  readonly events: readonly TrafficEvent[];
  readonly blow: Blow | null;
  /** `--max-repairs`; null: as many as there are. */
  readonly atMost: number | null;
  /** `--only`; null: all. */
  readonly only: "locked" | "slots" | null;
}

export interface Story {
  readonly keys: readonly KeyPlan[];
  readonly olderThanS: number | null;
  /** The operator says that nothing runs on ours, and nothing does when a doctor begins. */
  readonly idle: boolean;
  readonly deployment: Deployment;
  /** Null: a doctor keeps to what is ours; otherwise what the operator names: every namespace, or one Redis key. */
  readonly scope: "all namespaces" | number | null;
  readonly windowS: 20 | 60 | 300;
  /** Whether the doctor finds the window in its environment; otherwise only expiries show it. */
  readonly windowTold: boolean;
  /** No call lasts longer, and the doctor is told so; null: it was not told, and none lasts longer than 10 min. */
  readonly longestS: 30 | 100 | 480 | null;
  /** By how much this machine's wall clock is wrong. */
  readonly clockOffMs: number;
  /** What a restarted Redis has kept: every write, or what it had when the phase began. */
  readonly keeps: "every write" | "a snapshot";
  readonly phases: readonly Phase[];
}

/** The release and the namespace of the doctor's own deployment, and what the doctor is told of both. */
export interface Deployment {
  readonly release: "1.79.1" | "1.85.7" | "1.91.5" | "1.95.0";
  readonly namespace: "" | "prod";
  readonly releaseTold: boolean;
  readonly namespaceTold: "by a flag" | "by the proxy" | "not";
  /** Whether the proxy lists its keys. */
  readonly rosterTold: boolean;
  /** Of the other deployment: what stands before its names. Where that is ours too, `dev:`. */
  readonly theirs: "" | "dev:" | "prod:";
}

const age = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 890 }) },
  // Around 15 minutes and around an hour, to the second.
  { weight: 2, arbitrary: fc.constantFrom(898, 899, 900, 901, 902, 3598, 3599, 3600, 3601) },
  { weight: 4, arbitrary: fc.integer({ min: 910, max: 9000 }) },
);

const rarely = (one: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: one }).map((n) => n === 1);

const plan = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      shape: fc.constant("slots" as const),
      slots: fc.array(fc.record({ ageS: age, proven: rarely(4) }), { minLength: 1, maxLength: 6 }),
      endless: rarely(4),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      shape: fc.constant("windowed" as const),
      live: fc.integer({ min: 0, max: 3 }),
      leaked: fc.integer({ min: 0, max: 4 }),
      endless: fc.boolean(),
      retried: fc.boolean(),
      run: fc.constantFrom(
        "none" as const,
        "none" as const,
        "fresh" as const,
        "expired since" as const,
        "old" as const,
      ),
      calls: fc.array(
        fc.record({
          part: fc.constantFrom(0.01, 0.2, 0.5, 0.9, 1),
          givesBack: fc.integer({ min: 1, max: 4 }).map((n) => n > 1),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      shape: fc.constant("minute" as const),
      ageHours: fc.constantFrom(0, 1, 14, 25, 25.9, 26.1, 27, 50, 400),
      endless: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      shape: fc.constant("foreign" as const),
      what: fc.constantFrom("list" as const, "text" as const, "cache entry" as const),
    }),
  },
);

const key: fc.Arbitrary<KeyPlan> = fc.record({
  plan,
  whose: fc.constantFrom("ours" as const, "ours" as const, "ours" as const, "theirs" as const, "twin" as const),
  limit: fc.integer({ min: 1, max: 4 }),
  told: fc.integer({ min: 1, max: 5 }).map((n) => n > 1),
  tokenLimited: fc.boolean(),
});

const event: fc.Arbitrary<TrafficEvent> = fc.record({
  after: fc.integer({ min: 0, max: 6 }),
  key: fc.option(fc.nat(7), { freq: 2 }),
  what: fc.constantFrom(
    ...(["attempt", "attempt", "attempt", "finish", "finish", "leak", "fail", "renew", "expire", "upgrade"] as const),
  ),
  n: fc.nat(5),
});

const blow: fc.Arbitrary<Blow> = fc.record({
  kind: fc.constantFrom(
    ...(["killed", "killed", "interrupted", "second doctor", "usurper", "usurper"] as const),
    ...(["restart", "restart, reply lost"] as const),
  ),
  at: fc.integer({ min: 1, max: 40 }),
});

const phase: fc.Arbitrary<Phase> = fc.record({
  act: fc.constantFrom("fix" as const, "fix" as const, "fix" as const, "undo" as const),
  observe: fc.constantFrom(
    "not at all" as const,
    "not at all" as const,
    "25s" as const,
    "65s" as const,
    "65s" as const,
    "enough" as const,
  ),
  events: fc.array(event, { maxLength: 14 }),
  blow: fc.option(blow, { freq: 2 }),
  atMost: fc.constantFrom(null, null, null, 1, 2),
  only: fc.constantFrom(null, null, null, null, "locked" as const, "slots" as const),
});

const deployment: fc.Arbitrary<Deployment> = fc.record({
  release: fc.constantFrom("1.79.1" as const, "1.85.7" as const, "1.91.5" as const, "1.95.0" as const),
  namespace: fc.constantFrom("" as const, "prod" as const),
  releaseTold: fc.integer({ min: 1, max: 4 }).map((n) => n > 1),
  namespaceTold: fc.constantFrom("by a flag" as const, "by the proxy" as const, "not" as const),
  rosterTold: fc.integer({ min: 1, max: 5 }).map((n) => n > 1),
  theirs: fc.constantFrom("" as const, "dev:" as const, "prod:" as const),
});

export const story: fc.Arbitrary<Story> = fc.record({
  keys: fc.array(key, { minLength: 2, maxLength: 8 }),
  olderThanS: fc.constantFrom(null, 900, 900, 3600),
  idle: rarely(10),
  deployment,
  scope: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant("all namespaces" as const) },
    { weight: 1, arbitrary: fc.nat(7) },
  ),
  windowS: fc.constantFrom(60, 60, 20, 300),
  windowTold: fc.boolean(),
  longestS: fc.constantFrom(null, null, 30, 100, 480),
  clockOffMs: fc.constantFrom(0, 3_600_000, -3_600_000),
  keeps: fc.constantFrom("every write" as const, "a snapshot" as const),
  phases: fc.array(phase, { minLength: 1, maxLength: 2 }),
});
