import { z } from "zod";
import { instant } from "./parts.js";

export const checkStatus = z.enum(["pass", "warn", "fail", "skip"]);

const checkResult = z.object({
  id: z.string(),
  status: checkStatus,
  title: z.string(),
  /** What was seen, or why the check could not run. */
  detail: z.string(),
  /** What to do; empty when nothing is to be done. */
  advice: z.string(),
  findings: z.array(
    z.object({
      /** The Redis key, when the finding is about one. */
      key: z.string().nullable(),
      /** The line of a file, when the finding is about one. */
      place: z.object({ file: z.string(), line: z.number().int() }).nullable(),
      /** `note`: worth knowing, and nothing is to be done. */
      severity: z.enum(["note", "warn", "fail"]),
      text: z.string(),
      evidence: z.array(z.string()),
      /** What to do about this one; empty when nothing is to be done. */
      advice: z.string(),
      /** Address of the bug report, when there is one. */
      link: z.string().nullable(),
      /** The issues on GitHub that the finding is about, by number. */
      issues: z.array(z.number().int()),
    }),
  ),
});

export const repair = z.object({
  /** Stable within a plan: what `--only` takes. */
  id: z.string(),
  key: z.string(),
  /** In words: "remove 2 of 3 slots". */
  action: z.string(),
  evidence: z.array(z.string()),
  status: z.enum(["planned", "done", "refused", "failed"]),
  /** Why it was refused or failed; empty otherwise. */
  reason: z.string(),
});

const outOfReach = z.object({
  key: z.string(),
  /** Alias or short hash: how a person knows the key. */
  who: z.string(),
  text: z.string(),
  /** When the last copy is dead at the latest; null when no worker remembers. */
  until: instant.nullable(),
});

export const doctorDocument = z.object({
  schema: z.literal("llmctl.doctor/1"),
  at: instant,
  checks: z.array(checkResult),
  repairs: z.array(repair),
  /** The file that `doctor undo` reads; null when nothing was to be saved. */
  backup: z.string().nullable(),
  /** What a repair of Redis does not reach: workers that may go on refusing, until when, and what ends it. */
  outOfReach: z.array(outOfReach),
  /** Lines to type next: the repair, its undoing. */
  next: z.array(z.string()),
});

export type CheckResult = z.infer<typeof checkResult>;
export type OutOfReach = z.infer<typeof outOfReach>;
export type Repair = z.infer<typeof repair>;
export type DoctorDocument = z.infer<typeof doctorDocument>;
