import type { Mutant } from "./run.js";

const of =
  (file: string) =>
  (before: string, after: string): Mutant => ({ file: `src/verdict/${file}.ts`, before, after });

const leak = of("findings/leak");
const room = of("readings/capacity");
const rounds = of("rounds");
const over = of("findings/over-admission");
const refusal = of("findings/false-rejection");
const slow = of("findings/slow-release");
const foreign = of("readings/foreign-traffic");
const appears = of("readings/slot-attribution");
const proven = of("findings/proven");
const alive = of("call-lifetime");
const observations = of("observations");
const limit = of("limit");
const left = of("readings/unreleased-slots");
const calls = of("calls");
const index = of("index");
const suspects = of("confounders/index");
const kinds = of("confounders/confounder");
const traffic = of("confounders/traffic");
const runs = of("confounders/calls");
const redis = of("confounders/redis");
const late = of("confounders/late");
const processes = of("confounders/processes");

/** At least one mutant of each rule and each confounder, in the order of the files. Each must fail a test of the tables. */
export const PICKED: readonly Mutant[] = [
  leak("settleMs - EARLY_MS) return undefined", "0) return undefined"),
  leak("left.held === 0 || !calls.some(isAdmitted)", "left.held === 0"),
  leak("looks.every((one) => one.atMost < limit)", "looks.some((one) => one.atMost < limit)"),
  leak(" && !grows(recovery)", ""),
  leak("  if (observations.readings.length > 0 && !observations.exclusive) return undefined;\n", ""),
  leak("same.length >= limit", "same.length > limit"),
  leak("moved <= calls.filter(isRefused).length", "moved < calls.filter(isRefused).length"),
  room(`phase === "sequence" || phase === "burst"`, `phase !== "look"`),
  room("full ? admitted + unknown", "full ? admitted"),
  room("&& !full ?", "?"),
  room("looks.some((look) => look.atLeast >= limit)", "looks.some((look) => look.atLeast > limit)"),
  rounds("nextMs: nextMs.get(round) ?? earliestMs", "nextMs: Number.POSITIVE_INFINITY"),
  over("!cached && ", ""),
  over("const SURE_MS = 5;", "const SURE_MS = 4;"),
  over("const LOAD_SURE_MS = 250;", "const LOAD_SURE_MS = 249;"),
  over("most.length <= limit.value", "most.length < limit.value"),
  over("group.filter(isAdmitted).length > most", "group.filter(isAdmitted).length >= most"),
  over("group.length > (limit", "group.length >= (limit"),
  refusal(`kind === "leak" || kind === "slow-release"`, `kind === "leak"`),
  refusal("mayHold(call) + before < most", "mayHold(call) + before <= most"),
  refusal("mayHold(call) + before < most", "mayHold(call) < most"),
  refusal("Math.max(maxLagMs, remainingLifetimeMs(call, maxTokens))", "maxLagMs"),
  refusal("isEarly(call) || ", ""),
  refusal("back ? trouble.atMs :", "back ? 0 :"),
  refusal("call.firstByteMs ?? call.endedMs", "call.sentMs ?? call.endedMs"),
  slow("lag.fromMs >= observations.maxLagMs", "lag.fromMs > observations.maxLagMs"),
  foreign("fresh.length > free", "fresh.length > free + 1"),
  foreign("counted > countUpTo", "counted >= countUpTo"),
  appears("filter((call) => !isRefused(call))", "filter(() => true)"),
  proven("Math.max(settleMs, 2 * maxLagMs)", "0"),
  proven("endedMs + maxLagMs)", "endedMs)"),
  proven("quiet.length >= 2", "quiet.length >= 1"),
  proven("rise > calls.length || ", ""),
  alive("Math.max(2000, (2 *", "Math.max(2000, (200 *"),
  alive("return ABANDONED_MS", "return 0"),
  alive("events < 2", "events < 1"),
  observations("call.sentMs <= first.endedMs && ", ""),
  limit(".at(-1)", ".at(0)"),
  left("!known.has(id)", "known.has(id)"),
  calls("call.status !== 401 && ", ""),
  index("candidates.length > 0 || ", ""),
  index("if (observations.shared || detectForeignTraffic(observations) !== undefined) return null;", ""),
  kinds(`kind !== "over-admission"`, "true"),
  kinds(`restsOnCapacity(one) && one.basis !== "slots"`, "restsOnCapacity(one)"),
  traffic("held <= 0 || ours || ", "held <= 0 || "),
  traffic(`lone.basis === "slots" && refused > 1`, `lone.basis === "slots"`),
  runs(`call.ending === "aborted" && last - call.endedMs <`, `call.ending !== "aborted" && last - call.endedMs <`),
  runs("admitted > limit.value", "admitted >= limit.value"),
  runs("blocks: late,", "blocks: false,"),
  redis("before.ttlMs > 0", "before.ttlMs > 1000"),
  redis("limit.value - least", "limit.value + least"),
  redis("readings.every(full)", "readings.some(full)"),
  late("lagMs > settleMs || ", ""),
  late(" >= limit);", " > limit);"),
  processes("admitted % most === 0 && ", ""),
  processes("admitted <= most", "admitted < most"),
  suspects(`  shared,\n  "foreign`, `  "foreign`),
  suspects(`  unanswered,\n  abandoned,\n  "calls`, `  abandoned,\n  "calls`),
  suspects(`  abandoned,\n  "calls`, `  "calls`),
  suspects(`  cached,\n  "below-zero`, `  "below-zero`),
  ...[
    ...["no-limit", "limit-changed", "cut-short", "foreign-traffic", "held-before", "full-before", "perhaps-foreign"],
    ...[
      "rate-limit",
      "deployment-limit",
      "redis-away",
      "provider-refusal",
      "other-scope",
      "calls-failed",
      "ended-early",
    ],
    ...[
      "below-zero",
      "no-overlap",
      "short-overlap",
      "short-for-window",
      "not-enforced",
      "too-few-calls",
      "late-release",
      "late-slots",
    ],
    ...["still-recovering", "other-redis", "redis-lost", "worker-memory", "wrong-type", "per-process", "window-rolled"],
    ...["sticky-lock", "minute-limiter", "not-litellm", "unnamed-refusal"],
  ].map((name) => suspects(`  "${name}": `, `  // ${name}: `)),
];
