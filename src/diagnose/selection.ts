import { usageError } from "../errors.js";
import { STRENGTH } from "../litellm/evidence.js";
import type { Check } from "./checks/check.js";
import { checks, groups } from "./checks/index.js";
import type { PlannedRepair } from "./plan.js";

/** Which checks to run and which repairs to make. */
export interface CheckSelection {
  readonly checks: ReadonlySet<string>;
  includes(repair: Pick<PlannedRepair, "id" | "kind">): boolean;
}

/**
 * The repairs that are made first, and those that are left when no more than `most` may be made. The best proved come
 * first, of these the
 * keys that hold most; the same plan is always cut at the same place.
 */
export function limitPlan(plan: readonly PlannedRepair[], most: number) {
  if (plan.length <= most) return { now: plan, later: [] };
  const strength = ({ evidence }: PlannedRepair) => Math.min(...evidence.map(({ kind }) => STRENGTH.indexOf(kind)));
  const sorted = [...plan].sort(
    (a, b) =>
      strength(a) - strength(b) || (b.counter.held ?? 0) - (a.counter.held ?? 0) || (a.act.key < b.act.key ? -1 : 1),
  );
  return { now: sorted.slice(0, most), later: sorted.slice(most) };
}

/** Config checks run only if a config file was given or they were selected. */
interface Named {
  readonly config: boolean;
}

const REPAIR_ID = /^(.+)-[0-9a-f]{8}$/;

/**
 * Understands `--only` and `--skip`: ids of checks, names of groups, and ids of repairs, which begin with that of the
 * check that finds
 * them. Anything else is exit 2, and so is a choice that leaves nothing.
 */
export function parseSelection(
  only: readonly string[],
  skip: readonly string[] = [],
  named: Named = { config: true },
): CheckSelection {
  const all = Object.entries<Check>(checks);
  const wanted = new Set(
    only.length > 0
      ? only.flatMap((word) => idsOf(word, "--only"))
      : all.filter(([, { needs }]) => named.config || !needs.includes("config.yaml")).map(([id]) => id),
  );
  const left = new Set(skip.flatMap((word) => idsOf(word, "--skip", true)));
  const chosen = new Set([...wanted].filter((id) => !left.has(id)));
  if (chosen.size === 0) {
    throw usageError({
      code: "no-check",
      message: "--only and --skip leave no check",
      hint: "see what there is: llmctl doctor --list",
    });
  }
  const repairs = new Set(only.flatMap((word) => (isRepair(word) ? [] : idsOf(word, "--only"))));
  return {
    checks: chosen,
    includes: ({ id, kind }) =>
      (only.length === 0 || only.includes(id) || repairs.has(kind)) && !skip.includes(id) && !left.has(kind),
  };
}

const isRepair = (word: string): boolean => !Object.hasOwn(checks, word) && REPAIR_ID.test(word);

/** The checks that a word stands for. A repair that is skipped leaves its check as it is. */
function idsOf(word: string, flag: string, skipping = false): string[] {
  if (Object.hasOwn(checks, word)) return [word];
  const members = Object.entries<Check>(checks).filter(([, { group }]) => group === word);
  if (members.length > 0) return members.map(([id]) => id);
  const repaired = REPAIR_ID.exec(word)?.[1];
  if (repaired !== undefined && Object.hasOwn(checks, repaired)) return skipping ? [] : [repaired];
  throw usageError({
    code: "unknown-check",
    message: `${flag} ${word} names no check, no group and no repair`,
    hint: `checks are: ${Object.keys(checks).join(", ")}; groups are: ${Object.keys(groups).join(", ")}`,
  });
}
