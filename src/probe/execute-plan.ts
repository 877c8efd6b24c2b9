import type { CallResult } from "../llm/call-result.js";
import { isAdmitted, isRefused } from "../verdict/calls.js";
import type { CallRecord, SlotReading } from "../verdict/events.js";
import { runLoad } from "./load/run.js";
import type { ProbeOptions } from "./options.js";
import { burstFor, followUpDelays, needsConfirmation, planFor } from "./plan.js";
import { type PlanPosition, type RunReporter, type SessionInput, TargetSession } from "./target-session.js";

/** What the executor needs beside a session. */
export interface ExecutorInput extends SessionInput {
  readonly options: ProbeOptions;
  /** The operator agreed to a very large number of calls. */
  readonly consent: boolean;
  /**
   * Checks the very first call. Throws when all others would fail the same way: wrong key, no such model, no server.
   */
  readonly checkFirst: (call: CallResult) => void;
}

/**
 * Executes the plan and reports every event as it happens. Ends early, without an error, when the signal is aborted.
 */
export async function executePlan(input: ExecutorInput, reporter: RunReporter): Promise<void> {
  try {
    await new PlanExecutor(input, reporter).execute();
  } catch (error) {
    if (!input.signal.aborted) throw error;
  }
}

/** A counter that expires during a run, within this many milliseconds, loses what the run left in it. */
const SOON_MS = 15_000;
const endsSoon = ({ type, ttlMs }: SlotReading): boolean => type === "string" && ttlMs > 0 && ttlMs < SOON_MS;

const isRateLimited = ({ ending, rejection }: CallRecord): boolean =>
  ending === "refused" && rejection?.source === "rate-limit";

const sayOneByOne = (calls: number): string => (calls === 1 ? "call was" : "calls one after another were");

/**
 * What is wrong after a part of the plan: the key admits no call, admits fewer than its limit, or Redis still holds
 * slots.
 */
type Shortfall = "locked" | "short" | "left";

class PlanExecutor {
  readonly #input: ExecutorInput;
  readonly #session: TargetSession;
  readonly #note: (text: string) => void;
  /** The last round that reached its burst. */
  #burstRound = 0;

  constructor(input: ExecutorInput, reporter: RunReporter) {
    this.#input = input;
    this.#session = new TargetSession(input, reporter);
    this.#note = (text) => reporter.note(text);
  }

  async execute(): Promise<void> {
    const { options } = this.#input;
    const before = await this.#session.read("before");
    if (before && endsSoon(before) && options.windowMs === null) {
      this.#note(
        `the counter's window ends in ${Math.ceil(before.ttlMs / 1000)} s; the calls wait for it, so that it does not hide what they leave`,
      );
      await this.#session.wait(before.ttlMs + 100);
      await this.#session.read("before");
    }
    for (let round = 1; round <= options.rounds; round++) {
      const trouble = await this.#round(round);
      // A key that did not recover is locked: more calls would only prolong the lock.
      if (trouble !== undefined && !(await this.#recovers(round, trouble))) return;
      if (round < options.rounds && !this.#session.hasRedis) await this.#session.waitAfterLast(options.maxLagMs);
    }
  }

  async #round(round: number): Promise<Shortfall | "stop" | undefined> {
    const { options } = this.#input;
    // Unmeasured calls. The first call of a load goes alone too, so that a wrong key costs one call and not thousands.
    const warmUp = options.load === null ? options.warmUp : 1;
    const refused =
      round === 1 ? await this.#oneByOne({ round, phase: "warm-up", lookMs: 0 }, () => warmUp) : undefined;
    if (refused) return refused;
    if (options.load !== null) this.#note(await runLoad(this.#input, this.#session, options.load));
    else {
      const sequence = () => planFor(options, this.#session.limit, this.#session.hasRedis).sequence;
      const trouble = await this.#oneByOne({ round, phase: "sequence", lookMs: 0 }, sequence);
      if (trouble) return trouble;
    }
    const { limit, hasRedis } = this.#session;
    const { burst } = planFor(options, limit, hasRedis);
    if (hasRedis) await this.#session.waitUntilFree(options.maxLagMs);
    else if (burst > 0) await this.#session.waitAfterLast(options.maxLagMs);
    if (this.#session.left.held > 0) return "left";
    if (burst === 0) return undefined;
    this.#burstRound = round;
    const room = await this.#burst(burst, { round, phase: "burst", lookMs: 0 });
    if (room === "rate-limited") return "stop";
    if (limit === null) return undefined;
    if (hasRedis) await this.#session.waitUntilFree(options.maxLagMs);
    if (room < Math.min(limit, burst)) return room === 0 ? "locked" : "short";
    return this.#session.left.held > 0 ? "left" : undefined;
  }

  /** Sends calls one after another; the first rejection ends it. `count` may change with what the calls report. */
  async #oneByOne(position: PlanPosition, count: () => number): Promise<Shortfall | "stop" | undefined> {
    const { options, consent } = this.#input;
    const session = this.#session;
    const when = position.phase === "sequence" ? `round ${position.round}` : position.phase;
    let admitted = 0;
    for (let done = 0; done < count(); done++) {
      if (needsConfirmation(options, session.limit, session.hasRedis) && !consent) {
        this.#note(
          `the limit turned out to be ${session.limit}: say how many calls by -n, or --yes, or give --redis-url`,
        );
        return "stop";
      }
      const [call] = await session.send(1, position);
      if (!call) continue;
      if (call.n === 1) await this.#first(call);
      if (isRefused(call)) {
        this.#note(`${when}: call ${call.n} was refused with none of ours in flight, after ${admitted} admitted`);
        return "locked";
      }
      if (isRateLimited(call)) {
        this.#note(`${when}: call ${call.n} was refused by a limit of requests or tokens, so the run ends here`);
        return "stop";
      }
      if (isAdmitted(call)) admitted++;
    }
    if (admitted > 0) this.#note(`${when}: ${admitted} ${sayOneByOne(admitted)} admitted`);
    return undefined;
  }

  async #first(call: CallRecord): Promise<void> {
    this.#input.checkFirst(call);
    const namespace = await this.#session.findNamespace();
    if (namespace !== null) this.#note(`the limiter's keys are in the namespace ${namespace}`);
  }

  /** Sends calls at once. Returns how many were admitted, or that a limit of another kind interfered. */
  async #burst(size: number, position: PlanPosition): Promise<number | "rate-limited"> {
    const calls = await this.#session.send(size, position);
    if (calls.some(isRateLimited)) {
      this.#note("a limit of requests or tokens refused calls of a burst, so the run ends here");
      return "rate-limited";
    }
    const admitted = calls.filter(isAdmitted).length;
    const refused = calls.filter(isRefused).length;
    const when = position.phase === "look" ? "look" : `round ${position.round}`;
    this.#note(`${when}: of ${size} calls at once ${admitted} were admitted and ${refused} refused`);
    return admitted;
  }

  /**
   * When to recheck, in milliseconds after `endMs`. Calls of rechecks hold slots too, which may be released as late as
   * those before. If the planned rechecks admitted any, one more follows when the settle time after the last of them is
   * over.
   */
  *#lookTimes(endMs: number): Generator<number> {
    const { options } = this.#input;
    yield* followUpDelays(options);
    const againMs = this.#session.lastAdmittedMs - endMs;
    if (againMs > 0) yield Math.ceil((againMs + options.settleMs) / 100) * 100;
  }

  /** Rechecks until the capacity is what the limit says. True when it is. */
  async #recovers(round: number, trouble: Shortfall | "stop"): Promise<boolean> {
    if (trouble === "stop") return false;
    const { options } = this.#input;
    const session = this.#session;
    const endMs = session.lastEndMs;
    let locked = trouble === "locked";
    for (const lookMs of this.#lookTimes(endMs)) {
      await session.waitAfterLast(Math.max(options.maxLagMs, endMs + lookMs - session.lastEndMs));
      const reading = await session.read("look");
      const limit = session.limit ?? 1;
      const position: PlanPosition = { round, phase: "look", lookMs };
      if (reading && ((reading.held ?? 0) >= limit || session.left.held > 0)) {
        this.#note(`look after ${lookMs / 1000} s: Redis still holds ${reading.held}`);
        continue;
      }
      if (trouble === "left" && (this.#burstRound === round || options.sequential)) return true;
      // In the very last recheck, after the settle time, this call would itself block the burst after it.
      if (locked && lookMs <= options.settleMs) {
        // One call is enough to see that the key is still locked, and each rejection may prolong the lock.
        const [scout] = await session.send(1, position);
        if (scout && !isAdmitted(scout)) {
          this.#note(`look after ${lookMs / 1000} s: still refused`);
          continue;
        }
        // Without bursts the most that can be observed is one admitted call.
        if (options.sequential) return true;
        locked = false;
        await session.waitAfterLast(options.maxLagMs);
      }
      const size = burstFor(limit);
      const room = await this.#burst(size, position);
      if (room === "rate-limited") return false;
      if (room >= Math.min(limit, size)) return true;
      locked = room === 0;
    }
    return false;
  }
}
