import { z } from "zod";
import { checkStatus, repair } from "./doctor.js";
import { count, duration, instant } from "./parts.js";

const change = z.object({
  /** `present`: found by the first tick that read anything. */
  change: z.enum(["present", "appeared", "changed", "gone"]),
  check: z.string(),
  /** Now, or when it was last seen. */
  status: checkStatus,
  /** The Redis key, if it is about one. */
  key: z.string().nullable(),
  text: z.string(),
});

/** One line of `doctor --watch` without a terminal: what one tick saw and did. */
export const doctorTick = z.object({
  schema: z.literal("llmctl.doctor-tick/1"),
  /** By our clock, at its end. */
  time: instant,
  /** Counted from 1. */
  tick: count,
  /** `reader`: it never repairs; `standby`: it would, but another one leads. */
  role: z.enum(["reader", "standby", "leader"]),
  /** `away`: Redis did not answer, and all below is as last seen; `trouble`: it answered, but no repair was made. */
  outcome: z.enum(["ok", "away", "trouble"]),
  /** What is wrong, or why it does not lead; empty otherwise. */
  why: z.string(),
  durationMs: duration,
  /** Ticks skipped before this one, because the last took too long. */
  skipped: count,
  /** Counters of calls in flight, and the calls in them. */
  keys: count,
  /** Counters in the same Redis that belong to another deployment: not changed. */
  otherKeys: count,
  held: z.number(),
  /** Of these, leaked as evidence shows; before this tick's repairs. */
  leaked: z.number(),
  /** Counters at their limit under observation, to tell a lock from calls in flight. */
  watching: count,
  repaired: count,
  refused: count,
  failed: count,
  /** Possible repairs that were not made: no leader here, or --max-repairs. */
  left: count,
  /** The file that `doctor undo` reads; null when there was nothing to save. */
  backup: z.string().nullable(),
  repairs: z.array(repair),
  /** Warnings and failed checks that appeared, disappeared or changed since the last tick. */
  changes: z.array(change),
  /** Further changes that are not listed. */
  changesOmitted: count,
});

/** See the schema `doctorTick`. */
export type DoctorTick = z.infer<typeof doctorTick>;
/** A change of one check's finding between two ticks. */
export type DoctorChange = z.infer<typeof change>;
