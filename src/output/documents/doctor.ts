import { z } from "zod";
import { instant } from "./parts.js";

/** Status of a check. `skip`: it could not run. */
export const checkStatus = z.enum(["pass", "warn", "fail", "skip"]);

const checkResult = z.object({
  id: z.string(),
  status: checkStatus,
  title: z.string(),
  /** What was seen, or why the check could not run. */
  detail: z.string(),
  /** What to do; empty when nothing is needed. */
  advice: z.string(),
  findings: z.array(
    z.object({
      /** The Redis key, if the finding is about one. */
      key: z.string().nullable(),
      /** The line of a file, if the finding is about one. */
      place: z.object({ file: z.string(), line: z.number().int() }).nullable(),
      /** `note`: information that needs no action. */
      severity: z.enum(["note", "warn", "fail"]),
      text: z.string(),
      evidence: z.array(z.string()),
      /** What to do about this one; empty when nothing is needed. */
      advice: z.string(),
      /** Address of the bug report, if there is one. */
      link: z.string().nullable(),
      /** Numbers of the GitHub issues about the finding. */
      issues: z.array(z.number().int()),
    }),
  ),
});

/** One repair of a plan and its outcome. */
export const repair = z.object({
  /** Stable within a plan; accepted by `--only`. */
  id: z.string(),
  key: z.string(),
  /** For a reader: "remove 2 of 3 slots". */
  action: z.string(),
  evidence: z.array(z.string()),
  status: z.enum(["planned", "done", "refused", "failed"]),
  /** Why it was refused or failed; empty otherwise. */
  reason: z.string(),
});

const outOfReach = z.object({
  key: z.string(),
  /** Alias or short hash of the key. */
  who: z.string(),
  text: z.string(),
  /** When the last worker cache has expired at the latest; null when no worker caches it. */
  until: instant.nullable(),
});

/** The document of `llmctl doctor`. */
export const doctorDocument = z.object({
  schema: z.literal("llmctl.doctor/1"),
  at: instant,
  checks: z.array(checkResult),
  repairs: z.array(repair),
  /** The file that `doctor undo` reads; null when there was nothing to save. */
  backup: z.string().nullable(),
  /** Worker caches that a repair of Redis does not reach: until when they may refuse, and what ends it. */
  outOfReach: z.array(outOfReach),
  /** Suggested commands: the repair, its undo. */
  next: z.array(z.string()),
});

/** Result of one check. */
export type CheckResult = z.infer<typeof checkResult>;
/** A worker cache that a repair of Redis does not reach. */
export type OutOfReach = z.infer<typeof outOfReach>;
/** See the schema `repair`. */
export type Repair = z.infer<typeof repair>;
/** See the schema `doctorDocument`. */
export type DoctorDocument = z.infer<typeof doctorDocument>;
