import { about, failed, passed, warned } from "../../diagnose/checks/check.js";
import { workerCaches } from "../../diagnose/checks/worker-caches.js";
import { shortHash } from "../../litellm/owner.js";
import type { CheckResult, Repair } from "../../output/documents/doctor.js";
import type { Prepared } from "../../repair/strategies/worker-caches/prepare.js";
import type { Refreshed } from "../../repair/strategies/worker-caches/refresh.js";
import { plain } from "../../terminal/colour.js";
import { createDoctorDocument } from "../document.js";
import { summary, view } from "../view.js";

/** The document of a refresh; of its plan when nothing was done yet. */
export function documentOf(prepared: Prepared, refreshed: Refreshed | undefined, wallMs: number) {
  const check = checkOf(prepared, refreshed);
  const repair = repairOf(prepared, refreshed);
  // No backup: a limit is set back by the refresh itself, and there is nothing to undo.
  const document = createDoctorDocument(wallMs, { checks: check ? [check] : [], repairs: repair ? [repair] : [] });
  return { document, page: view(document), brief: plain(summary(document)) };
}

const STATUS = { needless: "pass", done: "pass", refused: "warn", unverified: "fail" } as const;

function checkOf({ plan, alias, counter }: Prepared, refreshed: Refreshed | undefined): CheckResult | undefined {
  if (!refreshed) return undefined;
  const { status, reason, calls, refused } = refreshed;
  const who = alias ?? shortHash(plan.key);
  const detail = {
    needless: `no worker refuses ${who}: ${calls} calls were let in`,
    done: `every worker lets ${who} in again, under its limit of ${plan.limit}`,
    refused: reason,
    unverified: reason,
  }[status];
  const text = `${who}: ${calls} calls, ${refused} of them refused by a worker's copy`;
  const advice =
    status === "unverified" ? "restart the workers, or wait: a copy lives for an hour from its first write" : "";
  const tell = { pass: passed, warn: warned, fail: failed }[STATUS[status]];
  return {
    id: "mirrors",
    title: workerCaches.title,
    ...tell(detail, advice, refused > 0 ? [about(counter, text)] : []),
  };
}

function repairOf({ plan, counter }: Prepared, refreshed: Refreshed | undefined): Repair | undefined {
  if (refreshed?.status === "needless") return undefined;
  const waits = plan.shape === "windowed" && plan.workers > 1;
  return {
    id: `mirrors-${plan.key.slice(0, 8)}`,
    key: counter,
    action: waits
      ? "wait until the copies are dead"
      : `raise the limit from ${plan.limit} to ${plan.raised} for one sweep of calls`,
    evidence: refreshed ? [`refused by a worker while Redis held fewer than ${plan.limit}`] : [],
    status: refreshed === undefined ? "planned" : refreshed.status === "refused" ? "refused" : "done",
    reason: refreshed?.reason ?? "",
  };
}
