import { usageError } from "../errors.js";
import { STRENGTH } from "../litellm/evidence.js";
import { checks } from "./checks/index.js";
import type { PlannedRepair } from "./repair/plan.js";

/** Which checks to run and which repairs to make. */
export interface Choice {
  readonly checks: ReadonlySet<string>;
  includes(repair: Pick<PlannedRepair, "id" | "kind">): boolean;
}

/**
 * The repairs that are made first, and those that are left when no more than `most` may be made. The best proved come first, of these the
 * keys that hold most; the same plan is always cut at the same place.
 */
export function cutPlan(plan: readonly PlannedRepair[], most: number) {
  if (plan.length <= most) return { now: plan, later: [] };
  const strength = ({ evidence }: PlannedRepair) => Math.min(...evidence.map(({ kind }) => STRENGTH.indexOf(kind)));
  const sorted = [...plan].sort(
    (a, b) =>
      strength(a) - strength(b) || (b.patient.held ?? 0) - (a.patient.held ?? 0) || (a.act.key < b.act.key ? -1 : 1),
  );
  return { now: sorted.slice(0, most), later: sorted.slice(most) };
}

const REPAIR_ID = /^(.+)-[0-9a-f]{8}$/;

/** Understands `--only`: ids of checks, and ids of repairs, which begin with that of the check that finds them. Anything else is exit 2. */
export function chooseOnly(only: readonly string[]): Choice {
  const all = Object.keys(checks);
  if (only.length === 0) return { checks: new Set(all), includes: () => true };
  const wanted = new Set<string>();
  for (const id of only) {
    const check = all.includes(id) ? id : REPAIR_ID.exec(id)?.[1];
    if (check === undefined || !all.includes(check)) {
      throw usageError("unknown-check", `--only ${id} names no check and no repair`, `checks are: ${all.join(", ")}`);
    }
    wanted.add(check);
  }
  return { checks: wanted, includes: ({ id, kind }) => only.includes(id) || only.includes(kind) };
}
