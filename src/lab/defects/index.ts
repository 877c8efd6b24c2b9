import { abortedStreamLeaks } from "./aborted-stream-leaks.js";
import type { Defect } from "./defect.js";
import { healthy } from "./healthy.js";
import { messagesNeverRelease } from "./messages-never-release.js";
import { overAdmits } from "./over-admits.js";
import { responsesNeverRelease } from "./responses-never-release.js";
import { stickyLock } from "./sticky-lock.js";

export const DEFECT_NAMES = [
  "healthy",
  "messages-never-release",
  "sticky-lock",
  "responses-never-release",
  "aborted-stream-leaks",
  "over-admits",
] as const;

/** Said of a lab that is told a release and no sickness. */
export const AS_RELEASED = "as-released";

export type DefectName = (typeof DEFECT_NAMES)[number];

export const DEFECTS = {
  healthy,
  "messages-never-release": messagesNeverRelease,
  "sticky-lock": stickyLock,
  "responses-never-release": responsesNeverRelease,
  "aborted-stream-leaks": abortedStreamLeaks,
  "over-admits": overAdmits,
} satisfies Record<DefectName, Defect>;

export const isDefectName = (text: string): text is DefectName => (DEFECT_NAMES as readonly string[]).includes(text);
