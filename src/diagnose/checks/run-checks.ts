import type { CheckResult } from "../../output/documents/doctor.js";
import type { Diagnosis } from "../diagnose.js";
import type { Check } from "./check.js";
import { checks } from "./index.js";

/** Runs checks side by side; a throw is a failed check, and the others go on. `ids`: only these. */
export async function runChecks(examination: Diagnosis, ids: ReadonlySet<string>): Promise<CheckResult[]> {
  const chosen = Object.entries<Check>(checks).filter(([id]) => ids.has(id));
  return Promise.all(
    chosen.map(async ([id, check]): Promise<CheckResult> => {
      try {
        return { id, title: check.title, ...(await check.run(examination)) };
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        return {
          id,
          title: check.title,
          status: "fail",
          detail: `the check itself failed: ${what}`,
          advice: "this is a defect of llmctl; run it again with --debug and report what it says",
          findings: [],
        };
      }
    }),
  );
}
