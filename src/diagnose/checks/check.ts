import { formatPlace, type Place } from "../../litellm/config-yaml/index.js";
import type { CheckResult } from "../../output/documents/doctor.js";
import type { Diagnosis } from "../diagnose.js";
import type { Missing } from "../lookup.js";

/** Ids of all checks, in the order in which they are shown. */
export type CheckId =
  | "proxy"
  | "limiter"
  | "known-leaks"
  | "config-files"
  | "config-redis"
  | "config-namespace"
  | "config-limits"
  | "config-fail-open"
  | "redis"
  | "same-redis"
  | "eviction"
  | "no-expiry"
  | "locked"
  | "slots"
  | "wrong-type"
  | "negative"
  | "namespace"
  | "garbage"
  | "mirrors";

/** Names of several checks at once, for `--only` and `--skip`; none is the id of a check. */
export type GroupId = "litellm" | "config" | "store" | "counters";

/** What a check cannot do without. */
type Need = "proxy" | "admin key" | "Redis" | "config.yaml";

export type Finding = CheckResult["findings"][number];
/** What a check says of a finding; the rest follows from the check's own answer. */
export type Remark = Partial<Finding> & Pick<Finding, "text">;
export type CheckOutcome = Pick<CheckResult, "status" | "detail" | "advice" | "findings">;

/** One question about a proxy and its Redis. It reads what the examination gathered; a throw is a failed check. */
export interface Check {
  readonly title: string;
  readonly group: GroupId;
  readonly needs: readonly Need[];
  run(examination: Diagnosis): CheckOutcome | Promise<CheckOutcome>;
}

const outcome =
  (status: CheckResult["status"]) =>
  (detail: string, advice = "", remarks: readonly Remark[] = []): CheckOutcome => ({
    status,
    detail,
    advice,
    findings: remarks.map((remark) => complete(remark, status, advice)),
  });

const complete = (remark: Remark, status: CheckResult["status"], advice: string): Finding => {
  const link = remark.link ?? null;
  const issue = /\/issues\/(\d+)$/.exec(link ?? "")?.[1];
  return {
    key: null,
    place: null,
    severity: status === "fail" || status === "warn" ? status : "note",
    evidence: [],
    advice,
    issues: issue === undefined ? [] : [Number(issue)],
    ...remark,
    link,
  };
};

export const passed = outcome("pass");
export const warned = outcome("warn");
export const failed = outcome("fail");

/** As bad as the worst of the remarks; `fine` when there is none. */
export function judged(remarks: readonly Remark[], fine: string, say: (worst: Remark) => string): CheckOutcome {
  const graded = remarks.map((remark) => ({ ...remark, severity: remark.severity ?? "warn" }));
  const rank = ({ severity }: Remark) => ["note", "warn", "fail"].indexOf(severity ?? "warn");
  const [worst] = [...graded].sort((a, b) => rank(b) - rank(a));
  if (!worst || rank(worst) === 0) return passed(fine, "", graded);
  const alike = graded.every(({ advice }) => advice === worst.advice);
  const advice = alike ? (worst.advice ?? "") : "do what each finding says";
  return (worst.severity === "fail" ? failed : warned)(say(worst), advice, graded);
}

/** The check cannot run, because something that it builds on is not known. */
export const skipped = ({ why, advice }: Missing): CheckOutcome => outcome("skip")(why, advice);

/** A finding about one key. */
export const about = (key: string, text: string, evidence: readonly string[] = [], link: string | null = null) => ({
  key,
  text,
  evidence: [...evidence],
  link,
});

/** A finding about one line of a file. */
export const atLine = (place: Place, text: string, more: Partial<Remark> = {}): Remark => ({
  place,
  text: `${formatPlace(place)}: ${text}`,
  ...more,
});
