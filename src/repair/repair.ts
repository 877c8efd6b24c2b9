import { type Diagnosis, type DiagnosisInput, diagnose } from "../diagnose/diagnose.js";
import type { ProxyFacts } from "../diagnose/facts/proxy-facts.js";
import { known } from "../diagnose/lookup.js";
import { type Proposal, propose } from "../diagnose/proposal.js";
import type { SampleSummary } from "../diagnose/sampling/summary.js";
import type { CheckSelection } from "../diagnose/selection.js";
import { workerCacheNotes } from "../diagnose/worker-caches/notes.js";
import { LlmctlError } from "../errors.js";
import type { OutOfReach } from "../output/documents/doctor.js";
import type { RedisConnection } from "../redis/connect.js";
import { RunCache } from "../runs/cache.js";
import { type Execution, executePlan } from "./execute-plan.js";
import type { DoctorLock } from "./lock.js";
import { createThrottle } from "./throttle.js";

/** What a repair works with: all that a diagnosis does, and the right to act. */
export interface RepairInput extends Omit<DiagnosisInput, "redis" | "proxyFacts"> {
  readonly redis: RedisConnection;
  /** Asks the proxy, once the lock is held. */
  readonly askProxy: () => Promise<ProxyFacts>;
  /**
   * Takes the right to repair, before anything is read; it is given back at the end. Without it nothing is ever
   * written.
   */
  readonly lock?: (() => Promise<DoctorLock>) | undefined;
  /** Which repairs may be made. */
  readonly selection: CheckSelection;
  /** Asks the operator for what the diagnosis lacks; returns the diagnosis with the answer. */
  readonly ask?: ((before: Diagnosis) => Promise<Diagnosis>) | undefined;
  /**
   * Sees what would be done, also when that is nothing. Only true lets it be done; a throw ends the repair, and nothing
   * was written.
   */
  readonly consent: (proposal: Proposal) => Promise<boolean>;
}

export interface RepairResult {
  /** What was found, and what was to be done about it. */
  readonly proposal: Proposal;
  /** Null when nothing was done: nothing to do, no consent or no lock. */
  readonly execution: Execution | null;
  /**
   * A second diagnosis, after the acts; null when nothing was done, when it was interrupted, and when there was
   * `trouble`.
   */
  readonly after: Diagnosis | null;
  /** Why there is no second diagnosis. */
  readonly trouble: LlmctlError | null;
  /** What workers may go on refusing from their own caches after what was done, or would be after what was proposed. */
  readonly outOfReach: readonly OutOfReach[];
}

/**
 * The one way in which counters in Redis are repaired: lock, ask the proxy, diagnose, select, consent, back up, act,
 * verify, diagnose
 * again. Limits: `options.maxRepairs` acts, `options.pace` of them a second. Throws what a diagnosis throws, exit 5
 * where another doctor
 * holds the lock, and exit 2, 4 or 5 where undo would not work here; nothing was changed then.
 */
export async function repair(input: RepairInput): Promise<RepairResult> {
  const lock = await input.lock?.();
  try {
    const { redis, clock, ask } = input;
    const runCache = input.runCache ?? new RunCache(input.settings.stateDir, input.report);
    const looking = { ...input, runCache, redis: known(redis), proxyFacts: await input.askProxy() };
    const first = await diagnose(looking);
    const proposal = propose(ask ? await ask(first) : first, input.selection, clock.wall());
    const { planned, outOfReach } = proposal;
    const agreed = await input.consent(proposal);
    if (!agreed || !lock || planned.length === 0) {
      return { proposal, execution: null, after: null, trouble: null, outOfReach };
    }
    const execution = await execute(input, lock, proposal);
    const done = new Set(execution.repairs.flatMap(({ key, status }) => (status === "done" ? [key] : [])));
    const { windowMs } = proposal.diagnosis.counterContext;
    const repaired = planned.filter(({ act }) => done.has(act.key));
    const left = { proposal, execution, outOfReach: workerCacheNotes(repaired, { wallMs: clock.wall(), windowMs }) };
    if (execution.interrupted) return { ...left, after: null, trouble: null };
    const samples = samplesWithout(done, input.samples ?? samplesOf(proposal.diagnosis));
    try {
      return { ...left, after: await diagnose({ ...looking, samples }), trouble: null };
    } catch (error) {
      if (!(error instanceof LlmctlError)) throw error;
      return { ...left, after: null, trouble: error };
    }
  } finally {
    await lock?.release();
  }
}

async function execute(input: RepairInput, lock: DoctorLock, { planned }: Proposal): Promise<Execution> {
  const { redis, clock, signal, settings, options, report } = input;
  try {
    return await executePlan(planned, {
      ...{ redis, lock, clock, signal, stateDir: settings.stateDir },
      pace: createThrottle(options.pace, clock),
      progress: (text) => report.progress(text),
    });
  } finally {
    report.progress(null);
  }
}

type Samples = Pick<ReadonlyMap<string, SampleSummary>, "get">;

/** What was observed is not observed twice. */
const samplesOf = ({ counters }: Diagnosis): Samples =>
  new Map(
    (counters.known ? counters.value : []).flatMap(({ name, samples }) =>
      samples ? [[name.name, samples] as const] : [],
    ),
  );

/** A key that was repaired is another from then on. */
const samplesWithout = (done: ReadonlySet<string>, samples: Samples): Samples => ({
  get: (name) => (done.has(name) ? undefined : samples.get(name)),
});

/** What a repair that was ended by the operator says: what was done, and how to take it back. */
export function describeInterruption({ repairs, backupId }: Execution): string {
  const done = repairs.filter(({ status }) => status === "done").length;
  if (done === 0) return "nothing was changed";
  return `${done} of ${repairs.length} repairs made, the others left as they were; to take back what was made: llmctl doctor undo ${backupId}`;
}
