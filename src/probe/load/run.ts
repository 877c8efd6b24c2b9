import { isAdmitted, isRefused } from "../../verdict/calls.js";
import type { Phase } from "../../verdict/history.js";
import type { SessionInput, TargetSession } from "../target-session.js";
import type { Wish } from "../wish.js";
import { closedLoop, type LoadSource, openLoop } from "./load.js";
import type { Load } from "./wish.js";

/** Through the end of a window: as many as the limit to hold its slots, and as many again to find the door open. */
const CALLERS_A_SLOT = 2;

type ExecutorInput = Pick<SessionInput, "clock" | "origin" | "signal"> & { readonly wish: Wish };

/** Sends the load that was wished for, its warm-up first, and says in a line what became of it. */
export async function runLoad(probing: ExecutorInput, session: TargetSession): Promise<string> {
  const { load } = probing.wish;
  if (load === null) throw new Error("no load was wished for");
  // The first call of the run went alone and is not one of the load's.
  const earlier = session.calls.length;
  if (load.warmUpMs > 0) await sendAll(probing, session, load, "warm-up", load.warmUpMs, load.calls);
  const before = session.calls.length;
  const beganMs = session.nowMs;
  await sendAll(probing, session, load, "load", load.forMs, load.calls - (before - earlier));
  const calls = session.calls.slice(before);
  const admitted = calls.filter(isAdmitted).length;
  const refused = calls.filter(isRefused).length;
  const took = ((session.lastEndMs - beganMs) / 1000).toFixed(1);
  return `load: of ${calls.length} calls in ${took} s ${admitted} were admitted and ${refused} refused`;
}

function sendAll(
  { clock, origin, signal }: ExecutorInput,
  session: TargetSession,
  { perS, callers, pauseMs }: Load,
  phase: Phase,
  forMs: number,
  calls: number,
): Promise<void> {
  const place = { round: 1, phase, lookMs: 0 };
  const send: LoadSource["send"] = (dueMs, onEnd) => session.start(place, { dueMs }, onEnd);
  const source = { clock, origin, signal, calls, forMs, send };
  const many = callers ?? CALLERS_A_SLOT * (session.limit ?? 1);
  return session.during(perS === null ? closedLoop(source, many, pauseMs) : openLoop(source, perS), "calls");
}
