import type { CheckResult } from "../output/documents/doctor.js";
import type { DoctorChange } from "../output/documents/doctor-tick.js";

/** Something that a check warns of or fails by: one of its findings, or, where it has none, the check itself. */
export type Condition = Omit<DoctorChange, "change">;

export function conditionsOf(checks: readonly CheckResult[]): Condition[] {
  return checks
    .filter(({ status }) => status === "warn" || status === "fail")
    .flatMap(({ id: check, status, detail, findings }) =>
      findings.length === 0
        ? [{ check, status, key: null, text: detail }]
        : findings.map(({ key, text }) => ({ check, status, key, text })),
    );
}

/** What names a condition over time. Its words do not: they tell ages and counts, which move. */
const identity = ({ check, key, text }: Condition): string => `${check}\n${key ?? text.replace(/\d+/g, "0")}`;

/** What came, went or got another status since the last look; `undefined`: there was none. */
export function changesOf(before: readonly Condition[] | undefined, now: readonly Condition[]): DoctorChange[] {
  if (before === undefined) return now.map((one) => ({ change: "present", ...one }));
  const old = new Map(before.map((one) => [identity(one), one]));
  const seen = new Set<string>();
  const changes: DoctorChange[] = [];
  for (const one of now) {
    const name = identity(one);
    const then = old.get(name);
    seen.add(name);
    if (then === undefined) changes.push({ change: "appeared", ...one });
    else if (then.status !== one.status) changes.push({ change: "changed", ...one });
  }
  for (const [name, one] of old) if (!seen.has(name)) changes.push({ change: "gone", ...one });
  return changes;
}
