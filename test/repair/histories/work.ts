import { describeRedis } from "../../../src/config/redis-url.js";
import type { RedisSettings } from "../../../src/config/settings.js";
import { parseSelection } from "../../../src/diagnose/selection.js";
import { consent } from "../../../src/doctor/consent.js";
import { interruptedError } from "../../../src/errors.js";
import { listBackups } from "../../../src/repair/backup.js";
import { repairHistory } from "../../../src/repair/history.js";
import type { DoctorLock } from "../../../src/repair/lock.js";
import { describeInterruption, repair } from "../../../src/repair/repair.js";
import { undo as undoRepair } from "../../../src/repair/undo.js";
import { terminalReporter } from "../../../src/terminal/reporter.js";
import type { Desk } from "./context.js";
import type { Result } from "./doctor-session.js";

type TakeLock = () => Promise<DoctorLock>;

/** `doctor --fix --yes`: the repair itself, and what it planned for the oracle. */
export async function fix(desk: Desk, lock: TakeLock): Promise<Result> {
  const { hospital, context, redis, told } = desk;
  const { settings, clock, signal } = context;
  const options = await desk.options();
  const { execution, trouble } = await repair({
    ...{ settings, clock, signal, report: terminalReporter(context.terminal), history: repairHistory(context) },
    ...{ options, redis, lock, askProxy: async () => told },
    selection: parseSelection(options.only, options.skip, { config: false }),
    consent(proposal) {
      const { counters, evidence } = proposal.diagnosis;
      if (!counters.known) throw counters.error;
      hospital.doubts.clear();
      for (const [{ name }, { doubts }] of evidence) hospital.doubts.set(name.name, `no repair planned: ${doubts}`);
      const names = new Set(proposal.planned.map(({ act }) => act.key));
      for (const key of hospital.world.keys) key.planned ||= names.has(key.name);
      return consent(context, proposal);
    },
  });
  if (execution?.interrupted) throw interruptedError(describeInterruption(execution));
  if (trouble) throw trouble;
  return { rows: execution?.repairs ?? [], backupId: execution?.backupId ?? null };
}

/** `doctor undo --yes`. */
export async function undo({ context, redis }: Desk, lock: TakeLock, named?: string): Promise<Result> {
  const { settings, clock, signal } = context;
  const { stateDir } = settings;
  const id = named ?? (await listBackups(stateDir)).at(-1);
  if (id === undefined) return { rows: [], backupId: null };
  const { repairs } = await undoRepair({
    ...{ stateDir, clock, signal, id, lock, address: describeRedis(settings.redis as RedisSettings) },
    connect: async () => ({ ...redis, close: async () => undefined }),
    consent: async () => true,
  });
  return { rows: repairs, backupId: id };
}
