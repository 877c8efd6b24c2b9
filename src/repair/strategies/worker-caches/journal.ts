import { join } from "node:path";
import { z } from "zod";
import { logPath, NdjsonLog, type OnDistrust, readLogs, refuseDistrusted } from "../../../config/ndjson-log.js";
import type { InterruptedRefresh } from "../../../diagnose/repair-history.js";
import { unreachableError } from "../../../errors.js";
import { isHash } from "../../../litellm/owner.js";
import type { Terminal } from "../../../terminal/terminal.js";
import { newBackupId } from "../../backup.js";
import type { DoctorLock } from "../../lock.js";

/** A raise is on the disk before it is made, so that a kill between it and the way back is known to the next doctor. */
const step = z.discriminatedUnion("step", [
  z.object({
    step: z.literal("raise"),
    at: z.string(),
    baseUrl: z.string(),
    /** Hash of the key; whatever else stands there is none, and goes into no request and no line to type. */
    key: z.string().refine(isHash),
    alias: z.string().nullable(),
    from: z.number(),
    to: z.number(),
  }),
  z.object({ step: z.literal("restored"), at: z.string() }),
  /** The limit was changed meanwhile, or the key is gone: there is nothing to restore. */
  z.object({ step: z.literal("left"), at: z.string(), reason: z.string() }),
]);

type Step = z.infer<typeof step>;
export type Raise = Omit<Extract<Step, { step: "raise" }>, "step" | "at">;

export interface RefreshJournal {
  raising(): Promise<void>;
  restored(): Promise<void>;
  left(reason: string): Promise<void>;
}

const folderOf = (stateDir: string): string => join(stateDir, "refreshes");

/** A journal of one refresh; `wall` gives the milliseconds since 1970. */
export const newJournal = (stateDir: string, wall: () => number, raise: Raise): RefreshJournal =>
  journalOf(stateDir, newBackupId(wall()), wall, raise);

/** The journal of one that was interrupted, to be ended now. */
export const openedJournal = (stateDir: string, wall: () => number, { id, at: _, ...raise }: InterruptedRefresh) =>
  journalOf(stateDir, id, wall, raise);

/** No limit is raised once the lock is lost: another doctor may be at work. */
export const underLock = (lock: Pick<DoctorLock, "held">, journal: RefreshJournal): RefreshJournal => ({
  ...journal,
  async raising() {
    if (!lock.held()) {
      throw unreachableError({
        code: "lock-lost",
        message: "the lock was lost: another doctor may be at work; no limit was raised",
        hint: "again",
      });
    }
    await journal.raising();
  },
});

function journalOf(stateDir: string, id: string, wall: () => number, raise: Raise): RefreshJournal {
  const at = () => new Date(wall()).toISOString();
  const log = new NdjsonLog<Step>(logPath(folderOf(stateDir), id));
  const write = (line: Step) => log.append(line);
  return {
    raising: () => write({ step: "raise", at: at(), ...raise }),
    restored: () => write({ step: "restored", at: at() }),
    left: (reason) => write({ step: "left", at: at(), reason }),
  };
}

/**
 * Refreshes whose last word is the raise, oldest first. A journal that is not to be trusted is exit 2, unless
 * `distrusted` takes it.
 */
export async function openRefreshes(stateDir: string, distrusted = refuseDistrusted): Promise<InterruptedRefresh[]> {
  return (await journals(stateDir, distrusted)).flatMap(({ id, lines }) => {
    const last = lines.at(-1);
    if (last?.step !== "raise") return [];
    const { step: _, ...raise } = last;
    return [{ id, ...raise }];
  });
}

/** A refresh is done in less; a limit that stayed raised for longer had calls in parallel under it. */
const LONG_MS = 5 * 60_000;

/** The limits to which refreshes have raised a key, and left it for long, at any time since `sinceMs`. */
export async function raisedLimits(
  stateDir: string,
  key: string,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
  distrusted: OnDistrust,
): Promise<number[]> {
  const limits: number[] = [];
  for (const { lines } of await journals(stateDir, distrusted)) {
    const raise = lines.find((one) => one.step === "raise");
    const last = lines.at(-1);
    if (raise?.key !== key || !last) continue;
    const untilMs = last.step === "raise" ? nowMs : Date.parse(last.at);
    if (untilMs >= sinceMs && untilMs - Date.parse(raise.at) >= LONG_MS) limits.push(raise.to);
  }
  return limits;
}

/** When a refresh of each key last ended, ms since 1970, by its hash. */
export async function endedRefreshes(
  stateDir: string,
  distrusted = refuseDistrusted,
): Promise<ReadonlyMap<string, number>> {
  const ended = new Map<string, number>();
  for (const { lines } of await journals(stateDir, distrusted)) {
    const raise = lines.find((one) => one.step === "raise");
    const last = lines.at(-1);
    if (raise && last && last.step !== "raise") ended.set(raise.key, Date.parse(last.at));
  }
  return ended;
}

/** For a caller that only reads: warns once and goes on. */
export const passOver =
  (terminal: Terminal): OnDistrust =>
  (path, { why, fix }) =>
    terminal.warnOnce(`not looked at: ${path}: ${why}: ${fix}`);

const journals = (stateDir: string, distrusted: OnDistrust) =>
  readLogs(folderOf(stateDir), { stateDir, schema: step, distrusted });
