import type { Context } from "../config/context.js";
import type { RedisSettings } from "../config/settings.js";
import { runChecks } from "../diagnose/checks/run-checks.js";
import type { Counter } from "../diagnose/counter.js";
import { type Diagnosis, diagnose } from "../diagnose/diagnose.js";
import { isSamplingConclusive, needsSampling } from "../diagnose/evidence/collect.js";
import { askProxy, type ProxyFacts } from "../diagnose/facts/proxy-facts.js";
import { known, type Lookup } from "../diagnose/lookup.js";
import type { DoctorOptions } from "../diagnose/options.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import { type Proposal, propose } from "../diagnose/proposal.js";
import type { RepairHistory } from "../diagnose/repair-history.js";
import type { CheckSelection } from "../diagnose/selection.js";
import { EXIT, LlmctlError } from "../errors.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { repairHistory } from "../repair/history.js";
import type { DoctorLock } from "../repair/lock.js";
import { type RepairInput, type RepairResult, repair } from "../repair/repair.js";
import { RunCache } from "../runs/cache.js";
import { terminalReporter } from "../terminal/reporter.js";
import { type Condition, changesOf, conditionsOf } from "./conditions.js";
import type { Leadership } from "./leadership.js";
import { leakedIn } from "./metric-series.js";
import { Observer } from "./observer.js";

export interface ReconcilerSources {
  readonly context: Context;
  readonly target: RedisSettings;
  readonly options: DoctorOptions;
  readonly choice: CheckSelection;
  readonly maxRepairs: number;
  /** Undefined in a watch that only reads. */
  readonly leadership: Leadership | undefined;
  /** Called with what a tick saw, before it acts. */
  readonly seen: (counters: readonly Counter[], plan: readonly PlannedRepair[]) => void;
}

/** What the proxy tells changes seldom, and costs it much to tell; before anything is repaired it is asked anew. */
const FACTS_LIFE_MS = 60_000;
/** More changes are not listed in one tick. */
const MOST_CHANGES = 1000;

/** Seen and done by one tick. */
type Work = Pick<DoctorTick, "keys" | "otherKeys" | "held" | "leaked" | "left" | "repairs" | "backup"> & {
  conditions: readonly Condition[];
};

/** What one look at Redis works with. */
type LookInput = Omit<RepairInput, "askProxy" | "lock" | "selection" | "consent">;

const NOTHING: Work = { keys: 0, otherKeys: 0, held: 0, leaked: 0, left: 0, repairs: [], backup: null, conditions: [] };

/** One examination after another over one Redis, with what has to be kept between them and no more. */
export class Reconciler {
  readonly observer: Observer;
  #redis: RedisConnection | undefined;
  #facts: { readonly atMs: number; readonly told: ProxyFacts } | undefined;
  /** What the proxy told last, however long ago. */
  #told: ProxyFacts | undefined;
  /** As the last tick that saw anything left it. */
  #last: Work | undefined;
  readonly #runCache: RunCache;
  readonly #history: RepairHistory;

  constructor(private readonly sources: ReconcilerSources) {
    const { context } = sources;
    this.#runCache = new RunCache(context.settings.stateDir, context.terminal);
    this.#history = repairHistory(context);
    this.observer = new Observer({
      redis: () => this.#redis,
      clock: context.clock,
    });
  }

  /**
   * Examines and, if it leads, repairs. A first tick that meets wrong words or a refused login throws; later ones say
   * so and go on.
   */
  async tick(number: number, skipped: number): Promise<DoctorTick> {
    const { context, leadership } = this.sources;
    const { clock, signal } = context;
    const begun = clock.monotonic();
    const before = this.#last;
    let outcome: DoctorTick["outcome"] = "ok";
    let wrong = "";
    let work = before ?? NOTHING;
    try {
      work = await this.#work(begun);
      this.#last = { ...work, repairs: [], backup: null };
    } catch (thrown) {
      const error = explainIfRedis(thrown, this.#redis?.address ?? "");
      if (!(error instanceof LlmctlError)) throw error;
      if (number === 1 && (error.exit === EXIT.usage || error.exit === EXIT.denied)) throw error;
      work = { ...work, repairs: [], backup: null };
      if (!signal.aborted) {
        [outcome, wrong] = [error.exit === EXIT.unreachable ? "away" : "trouble", error.message];
        await this.#disconnect();
      }
    }
    const { conditions, ...counts } = work;
    const changes = outcome === "ok" && this.#last ? changesOf(before?.conditions, conditions) : [];
    const count = (status: string) => work.repairs.filter((row) => row.status === status).length;
    return {
      schema: "llmctl.doctor-tick/1",
      time: new Date(clock.wall()).toISOString(),
      tick: number,
      role: leadership ? (leadership.lock ? "leader" : "standby") : "reader",
      outcome,
      why: wrong || (leadership?.lock ? "" : (leadership?.why ?? "")),
      durationMs: Math.round(clock.monotonic() - begun),
      skipped,
      ...counts,
      watching: this.observer.following,
      repaired: count("done"),
      refused: count("refused"),
      failed: count("failed"),
      changes: changes.slice(0, MOST_CHANGES),
      changesOmitted: Math.max(0, changes.length - MOST_CHANGES),
    };
  }

  /** What is wrong, as the last tick left it that saw anything; undefined before it. */
  get conditions(): readonly Condition[] | undefined {
    return this.#last?.conditions;
  }

  async close(): Promise<void> {
    await this.#disconnect();
  }

  async #work(begun: number): Promise<Work> {
    const { context, choice, leadership } = this.sources;
    const lock = leadership?.lock;
    const input = await this.#input();
    const first = await diagnose({ ...input, redis: known(input.redis), proxyFacts: await this.#ask(FACTS_LIFE_MS) });
    requireCounters(first);
    this.#follow(first);
    let proposal = propose(first, choice, context.clock.wall());
    const result = lock && proposal.planned.length > 0 ? await this.#repair(input, lock, begun) : undefined;
    if (result) proposal = result.proposal;
    else this.#show(proposal);
    requireCounters(proposal.diagnosis);
    // A tick that was ended, or that lost Redis half-way, still tells what it did.
    const last = result?.after?.counters.known ? result.after : proposal.diagnosis;
    if (last === result?.after || (result && !result.execution)) this.#follow(last);
    const counters = countersOf(proposal.diagnosis);
    return {
      keys: counters.length,
      otherKeys: proposal.diagnosis.others.length,
      held: counters.reduce((sum, { held }) => sum + Math.max(0, held ?? 0), 0),
      leaked: chosenOf(proposal).reduce((sum, one) => sum + leakedIn(one), 0),
      left: last.plan.filter((one) => choice.includes(one)).length,
      repairs: [...(result?.execution?.repairs ?? [])],
      backup: result?.execution?.backup ?? null,
      conditions: conditionsOf(await runChecks(last, choice.checks)),
    };
  }

  async #input(): Promise<LookInput> {
    const { context, options, maxRepairs, target } = this.sources;
    const { clock, signal } = context;
    // A copy, so that each tick sees LiteLLM's configuration as it is now.
    const { litellmConfig } = context.settings;
    const named = litellmConfig && { litellmConfig: { ...litellmConfig, env: { ...litellmConfig.env } } };
    const settings = { ...context.settings, ...named };
    this.#redis ??= await connectRedis(target, { timeoutMs: settings.timeoutMs });
    return {
      ...{ settings, clock, signal, report: terminalReporter(context.terminal), redis: this.#redis },
      ...{ options: { ...options, maxRepairs }, samples: this.observer },
      ...{ runCache: this.#runCache, history: this.#history },
    };
  }

  /** By the lock of the whole watch, which is not given back, and by what the proxy told in this very tick. */
  async #repair(input: LookInput, lock: DoctorLock, begun: number): Promise<RepairResult> {
    const acted = new Set<string>();
    const result = await repair({
      ...{ ...input, selection: this.sources.choice },
      // The screen of the watch says how far a repair is.
      report: { ...input.report, progress: () => undefined },
      samples: { get: (name) => (acted.has(name) ? undefined : this.observer.get(name)) },
      lock: async () => ({ ...lock, release: async () => undefined }),
      askProxy: async () => (this.#facts && this.#facts.atMs < begun ? this.#ask(0) : (this.#told ?? this.#ask(0))),
      consent: async (proposal) => {
        requireCounters(proposal.diagnosis);
        this.#show(proposal);
        for (const { act } of proposal.planned) acted.add(act.key);
        return true;
      },
    });
    // A repair that could not begin, for want of a backup, must not cost the next tick its evidence.
    if (result.execution) for (const key of acted) this.observer.forget(key);
    return result;
  }

  #show(proposal: Proposal): void {
    this.sources.seen(countersOf(proposal.diagnosis), chosenOf(proposal));
  }

  #follow({ counterContext, ...diagnosis }: Diagnosis): void {
    const doubtful = countersOf(diagnosis).filter((counter) => needsSampling(counter, counterContext));
    this.observer.follow(
      doubtful.map((counter) => ({
        name: counter.name,
        tokenLimited: counter.tokenLimited,
        conclusive: isSamplingConclusive(counter, counterContext),
      })),
    );
  }

  async #ask(life: number): Promise<ProxyFacts> {
    const { context } = this.sources;
    const now = context.clock.monotonic();
    if (this.#facts && now - this.#facts.atMs <= life && life > 0) return this.#facts.told;
    const told = withKnown(await askProxy(context), this.#told);
    this.#told = told;
    // What did not answer is asked again by the next tick.
    this.#facts = told.proxy.known ? { atMs: now, told } : undefined;
    return told;
  }

  async #disconnect(): Promise<void> {
    await this.#redis?.close();
    this.#redis = undefined;
  }
}

/**
 * A proxy that is away for a tick has not changed its namespace or its keys: forgotten, counters of others would be
 * taken for its own.
 */
function withKnown(now: ProxyFacts, before: ProxyFacts | undefined): ProxyFacts {
  if (before === undefined) return now;
  const last = <T>(fresh: Lookup<T>, old: Lookup<T>): Lookup<T> => (!fresh.known && old.known ? old : fresh);
  return {
    ...now,
    keyDirectory: last(now.keyDirectory, before.keyDirectory),
    cache: last(now.cache, before.cache),
    coordination: last(now.coordination, before.coordination),
  };
}

const countersOf = ({ counters }: Pick<Diagnosis, "counters">): readonly Counter[] =>
  counters.known ? counters.value : [];

const chosenOf = ({ planned, later }: Proposal): readonly PlannedRepair[] => [...planned, ...later];

function requireCounters({ counters }: Diagnosis): void {
  if (!counters.known) throw counters.error ?? new Error(counters.why);
}
