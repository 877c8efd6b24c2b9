import { isAdmitted, isRefused } from "../../verdict/calls.js";
import type { CallRecord, Phase } from "../../verdict/events.js";
import type { SessionInput, TargetSession } from "../target-session.js";
import { closedLoop, openLoop } from "./load.js";
import type { Load } from "./options.js";

/** To cross a window's end: as many callers as the limit to hold its slots, and as many again to be rejected. */
const CALLERS_A_SLOT = 2;

type Source = Pick<SessionInput, "clock" | "origin" | "signal">;

/** How many calls of a phase have ended, and how. */
interface Tally {
  readonly sent: number;
  readonly admitted: number;
  readonly refused: number;
}

/** Sends the load, its warm-up first, and returns a line that summarises it. */
export async function runLoad(source: Source, session: TargetSession, load: Load): Promise<string> {
  const { warmUpMs, forMs, calls } = load;
  const warm = warmUpMs > 0 ? await sendAll(source, session, load, "warm-up", warmUpMs, calls) : { sent: 0 };
  const beganMs = session.nowMs;
  const { sent, admitted, refused } = await sendAll(source, session, load, "load", forMs, calls - warm.sent);
  const took = ((session.lastEndMs - beganMs) / 1000).toFixed(1);
  return `load: of ${sent} calls in ${took} s ${admitted} were admitted and ${refused} refused`;
}

async function sendAll(
  { clock, origin, signal }: Source,
  session: TargetSession,
  { perS, callers, pauseMs }: Load,
  phase: Phase,
  forMs: number,
  calls: number,
): Promise<Tally> {
  const position = { round: 1, phase, lookMs: 0 };
  const tally = { sent: 0, admitted: 0, refused: 0 };
  const send = (dueMs: number | null, onEnd: (call: CallRecord) => void): void =>
    session.start(
      position,
      (call) => {
        tally.sent++;
        if (isAdmitted(call)) tally.admitted++;
        if (isRefused(call)) tally.refused++;
        onEnd(call);
      },
      dueMs,
    );
  const source = { clock, origin, signal, calls, forMs, send };
  const many = callers ?? CALLERS_A_SLOT * (session.limit ?? 1);
  await session.during(perS === null ? closedLoop(source, many, pauseMs) : openLoop(source, perS), "calls");
  return tally;
}
