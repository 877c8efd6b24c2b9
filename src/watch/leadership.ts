import type { Clock } from "../config/clock.js";
import { LlmctlError } from "../errors.js";
import { StoreError } from "../limiter/index.js";
import type { RedisConnection } from "../redis/connect.js";
import { type DoctorLock, type LockSource, lockSource } from "../repair/lock.js";

export interface LeadershipSources {
  readonly connect: () => Promise<RedisConnection>;
  readonly clock: Clock;
  /** Called when it has become leader, and when it is no longer. */
  readonly changed: () => void;
  /** Life of the lock when its holder is gone, ms. */
  readonly ttlMs?: number;
}

/** How often one who stands by looks; with the lock's life that is how long nobody leads after a death. */
const LOOK_MS = 1000;

/**
 * The doctor's lock over a whole watch: who has it leads and may repair, the others stand by and only read until it is
 * free.
 */
export class Leadership {
  #redis: RedisConnection | undefined;
  #source: LockSource | undefined;
  #lock: DoctorLock | undefined;
  /** Why it does not lead; empty when it does. */
  why = "";

  constructor(private readonly sources: LeadershipSources) {}

  /** The lock, while it is ours. */
  get lock(): DoctorLock | undefined {
    return this.#lock?.held() ? this.#lock : undefined;
  }

  /** Looks once: keeps the lock, takes it when it is free, or says why not. */
  async look(): Promise<void> {
    if (this.#lock && !this.#lock.held()) {
      this.#lock = undefined;
      this.why = "the lock was lost: Redis did not answer in time";
      this.sources.changed();
    }
    if (this.#lock) return;
    try {
      const source = await this.#open();
      // A look writes nothing; to ask for the lock does.
      if (await source.taken()) {
        this.why = "another doctor holds the lock";
        return;
      }
      this.#lock = await source.take();
      this.why = "";
      this.sources.changed();
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.why = error.message;
    }
  }

  /** Looks again and again until the signal comes. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sources.clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (!signal.aborted) await this.look();
    }
  }

  /** Gives the lock back, if it is ours. */
  async close(): Promise<void> {
    await this.#source?.close();
    await this.#redis?.close();
    this.#lock = undefined;
  }

  async #open(): Promise<LockSource> {
    this.#redis ??= await this.sources.connect();
    this.#source ??= lockSource(this.#redis, this.sources.ttlMs);
    return this.#source;
  }
}

/** Redis that does not answer, or another who was quicker. */
const isExpected = (error: unknown): error is Error => error instanceof LlmctlError || error instanceof StoreError;
