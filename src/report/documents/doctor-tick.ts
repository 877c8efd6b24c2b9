import { z } from "zod";
import { checkStatus, repair } from "./doctor.js";
import { count, duration, instant } from "./parts.js";

const change = z.object({
  /** `present`: found by the first tick that saw anything. */
  change: z.enum(["present", "appeared", "changed", "gone"]),
  check: z.string(),
  /** As it is, or as it was last seen. */
  status: checkStatus,
  /** The Redis key, when it is about one. */
  key: z.string().nullable(),
  text: z.string(),
});

/** One line of `doctor --watch` off a terminal: what one tick saw and did. */
export const doctorTick = z.object({
  schema: z.literal("llmctl.doctor-tick/1"),
  /** By our clock, when it was over. */
  time: instant,
  /** Counted from 1. */
  tick: count,
  /** `reader`: it never repairs; `standby`: it would, but another leads. */
  role: z.enum(["reader", "standby", "leader"]),
  /** `away`: Redis did not answer, and all below is as it was last seen; `trouble`: it answered, and yet no repair was made. */
  outcome: z.enum(["ok", "away", "trouble"]),
  /** What is wrong, or why it does not lead; empty otherwise. */
  why: z.string(),
  durationMs: duration,
  /** Ticks left out before this one, because the last took so long. */
  skipped: count,
  /** Counters of calls in flight, and the calls in them. */
  keys: count,
  /** Counters in the same Redis that are not of the deployment that is examined: left alone. */
  otherKeys: count,
  held: z.number(),
  /** Of these, left behind by calls that are over, as evidence shows; before this tick's repairs. */
  leaked: z.number(),
  /** Counters at their limit that are watched, to tell a lock from calls in flight. */
  watching: count,
  repaired: count,
  refused: count,
  failed: count,
  /** Repairs that could be made and were not: nobody leads here, or --max-repairs. */
  left: count,
  /** The file that `doctor undo` reads; null when nothing was to be saved. */
  backup: z.string().nullable(),
  repairs: z.array(repair),
  /** Warnings and failed checks that came, went, or changed their status since the last tick. */
  changes: z.array(change),
  /** Changes beyond those that are listed. */
  changesOmitted: count,
});

export type DoctorTick = z.infer<typeof doctorTick>;
export type DoctorChange = z.infer<typeof change>;
