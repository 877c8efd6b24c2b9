import { usageError } from "../errors.js";
import { checks } from "./checks/index.js";
import type { PlannedRepair } from "./repair/plan.js";

/** Which checks to run and which repairs to make. */
export interface Choice {
  readonly checks: ReadonlySet<string>;
  includes(repair: Pick<PlannedRepair, "id" | "kind">): boolean;
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
