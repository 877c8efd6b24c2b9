import { mirrorLifeMs } from "../litellm/releases.js";
import { callIt } from "./patient.js";
import type { PlannedRepair } from "./repair/plan.js";

/** What a repair of Redis does not reach: each worker's own copy of the counter. */
export interface OutOfReach {
  readonly key: string;
  readonly text: string;
  /** When the last copy is dead at the latest, by our wall clock; null when no worker remembers. */
  readonly until: string | null;
}

/** Which workers may go on refusing after this repair, until when, and what ends it. `wallMs`: when the repair is, or would be, made. */
export function outOfReach({ act, kind, patient }: PlannedRepair, wallMs: number): OutOfReach | undefined {
  const { shape } = patient;
  if (kind === "garbage" || shape === null) return undefined;
  const who = callIt(patient);
  if (kind === "wrong-type") {
    return shape === "windowed"
      ? { key: act.key, until: null, text: `${who}: heals at once; no worker remembers` }
      : {
          key: act.key,
          until: new Date(wallMs + 60_000).toISOString(),
          text: `${who}: workers that met the wrong type skip Redis for up to 60 s; wait, or restart them`,
        };
  }
  const until = new Date(wallMs + mirrorLifeMs(shape)).toISOString();
  const text =
    shape === "windowed"
      ? `${who}: every worker that was asked for it in the last minute may refuse for up to 60 s more, from its own memory; sooner: one /v1/chat/completions with the key on that worker (it is refused, and lowers the copy)`
      : `${who}: a living worker that leaked slots by itself may refuse for up to 1 h after it first counted, though Redis is free; workers that were killed, or never saw the key, do not. Sooner: restart that worker, or raise the limit to one more than the highest of the last hour, send calls one after another over 10 or more new connections for each worker, and set it back`;
  return { key: act.key, until, text };
}
