import { createHash } from "node:crypto";
import { type Evidence, STRENGTH } from "../litellm/evidence.js";
import type { ReleaseAction } from "../litellm/release-action.js";
import { shapes } from "../litellm/shapes/index.js";
import { formatDuration } from "../terminal/duration.js";
import { plural } from "../terminal/plural.js";
import { type Counter, type CounterContext, counterLabel } from "./counter.js";
import { collectEvidence, type EvidenceResult } from "./evidence/collect.js";
import { wrongType } from "./evidence/impossible.js";

/** The checks whose findings can be repaired; a repair's id begins with one of them. */
type RepairKind = "locked" | "slots" | "wrong-type" | "garbage";

/** One act on one key, with the reasons for it. */
export interface PlannedRepair {
  /** `locked-3fa2b19c`: the same for the same key in every plan. */
  readonly id: string;
  readonly kind: RepairKind;
  readonly counter: Counter;
  readonly act: ReleaseAction;
  /** In words. */
  readonly action: string;
  readonly evidence: readonly Evidence[];
  /** What the operator should know before saying yes. */
  readonly warnings: readonly string[];
}

/** Below this, a call that merely takes long is likely to be among the slots. */
const YOUNG_MS = 10 * 60_000;

/** What was found out about counters, and what can be repaired by it. */
export interface Assessment {
  readonly plan: readonly PlannedRepair[];
  /** Evidence, doubts and what only a longer observation would tell. */
  readonly evidence: ReadonlyMap<Counter, EvidenceResult>;
}

/** Collects the evidence about each counter once, and plans by it. Pure: the same readings give the same plan. */
export function assess(counters: readonly Counter[], counterContext: CounterContext): Assessment {
  const evidence = new Map(counters.map((one) => [one, collectEvidence(one, counterContext)]));
  return { plan: planRepairs(counters, evidence, counterContext), evidence };
}

/** What can be repaired, and with what right. */
export const plan = (counters: readonly Counter[], counterContext: CounterContext): readonly PlannedRepair[] =>
  assess(counters, counterContext).plan;

/** Without evidence there is no repair, and none of a counter that is not ours. */
function planRepairs(
  counters: readonly Counter[],
  found: Assessment["evidence"],
  counterContext: CounterContext,
): PlannedRepair[] {
  return counters.flatMap((counter) => {
    const { name, reading, shape, notOurs } = counter;
    if (shape === null || notOurs !== null) return [];
    const { evidence = [] } = found.get(counter) ?? {};
    const act = evidence.length === 0 ? undefined : shapes[shape].release(name, reading, evidence);
    if (!act) return [];
    const kind = kindOf(counter, counterContext);
    const reasons = STRENGTH.flatMap((strength) => evidence.filter((one) => one.kind === strength));
    return [
      {
        id: `${kind}-${createHash("sha256").update(name.name).digest("hex").slice(0, 8)}`,
        kind,
        counter,
        act,
        action: describeAction(act, counter),
        evidence: reasons,
        warnings: warningsOf(counter, reasons),
      },
    ];
  });
}

function kindOf(counter: Counter, counterContext: CounterContext): RepairKind {
  if (counter.shape === "minute") return "garbage";
  if (wrongType(counter, counterContext)) return "wrong-type";
  return counter.shape === "slots" ? "slots" : "locked";
}

function describeAction(act: ReleaseAction, { reading, held }: Counter): string {
  if (act.kind === "release-slots") return `remove ${act.members.length} of ${reading.size} slots`;
  if (act.lowerBy !== null) return `lower the counter from ${held} by ${act.lowerBy}`;
  return `delete the counter, ${held ?? "no number"}${act.endless ? " without expiry" : ""}`;
}

/** Evidence in words, for plan, document and backup. */
export function describeEvidence(one: Evidence): string {
  switch (one.kind) {
    case "proven":
      return `proven: run ${one.run} watched ${one.rise > 0 ? `the counter rise by ${one.rise}` : `${one.slots.length} slots appear`} and stay`;
    case "idle":
      return `idle: ${one.saidBy === "operator" ? "--idle says that nothing runs on the key" : "the only worker has nothing in flight"}`;
    case "locked":
      return `locked: never below ${one.lowest} (limit ${one.limit ?? "unknown"}) for ${formatDuration(one.watchedMs)}, ${sayAttempts(one.attempts)}; no call takes longer than ${formatDuration(one.longestCallMs)}`;
    case "aged":
      return `aged: older than ${formatDuration(one.olderThanMs)} by Redis' clock`;
    case "impossible":
      return `impossible: ${one.why}`;
  }
}

const sayAttempts = (attempts: number): string =>
  attempts === 0 ? "no call came" : `${plural(attempts, "attempt")}, no success`;

function warningsOf(counter: Counter, evidence: readonly Evidence[]): string[] {
  const kinds = new Set(evidence.map(({ kind }) => kind));
  const aged = evidence.find((one) => one.kind === "aged");
  const young = aged && aged.olderThanMs < YOUNG_MS && !kinds.has("idle");
  return young
    ? [
        `${counterLabel(counter)}: a call may be older than ${formatDuration(aged.olderThanMs)} and alive; the default timeout of many clients is 10 min`,
      ]
    : [];
}
