import { abortedStreamLeaks } from "./aborted-stream-leaks.js";
import type { Defect } from "./defect.js";
import { healthy } from "./healthy.js";
import { messagesNeverRelease } from "./messages-never-release.js";
import { overAdmits } from "./over-admits.js";
import { responsesNeverRelease } from "./responses-never-release.js";
import { stickyLock } from "./sticky-lock.js";

/** Names of the bugs in flags and documents. */
export const DEFECT_NAMES = [
  "healthy",
  "messages-never-release",
  "sticky-lock",
  "responses-never-release",
  "aborted-stream-leaks",
  "over-admits",
] as const;

/** The name of a lab with a release and no bug. */
export const AS_RELEASED = "as-released";

/** One of `DEFECT_NAMES`. */
export type DefectName = (typeof DEFECT_NAMES)[number];

/** Every bug by its name. */
export const DEFECTS = {
  healthy,
  "messages-never-release": messagesNeverRelease,
  "sticky-lock": stickyLock,
  "responses-never-release": responsesNeverRelease,
  "aborted-stream-leaks": abortedStreamLeaks,
  "over-admits": overAdmits,
} satisfies Record<DefectName, Defect>;

/** Whether a text names a bug. */
export const isDefectName = (text: string): text is DefectName => (DEFECT_NAMES as readonly string[]).includes(text);
