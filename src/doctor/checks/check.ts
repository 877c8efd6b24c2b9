import type { CheckResult } from "../../report/documents/doctor.js";
import type { Examination } from "../examination.js";
import type { Unknown } from "../fact.js";

/** Ids of all checks, in the order in which they are shown. */
export type CheckId =
  | "proxy"
  | "limiter"
  | "known-leaks"
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

export type Finding = CheckResult["findings"][number];
export type CheckOutcome = Pick<CheckResult, "status" | "detail" | "advice" | "findings">;

/** One question about a proxy and its Redis. It reads what the examination gathered; a throw is a failed check. */
export interface Check {
  readonly title: string;
  run(examination: Examination): CheckOutcome | Promise<CheckOutcome>;
}

const outcome =
  (status: CheckResult["status"]) =>
  (detail: string, advice = "", findings: readonly Finding[] = []): CheckOutcome => ({
    status,
    detail,
    advice,
    findings: [...findings],
  });

export const passed = outcome("pass");
export const warned = outcome("warn");
export const failed = outcome("fail");

/** The check cannot run, because something that it builds on is not known. */
export const skipped = ({ why, advice }: Unknown): CheckOutcome => outcome("skip")(why, advice);

/** A finding about one key. */
export const about = (
  key: string,
  text: string,
  evidence: readonly string[] = [],
  link: string | null = null,
): Finding => ({
  key,
  text,
  evidence: [...evidence],
  link,
});

export const many = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
