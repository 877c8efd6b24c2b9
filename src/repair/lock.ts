import { unreachableError } from "../errors.js";
import { createLimiter, redisStore } from "../limiter/index.js";
import type { RedisConnection } from "../redis/connect.js";

/** The right to repair on one Redis; one doctor has it at a time, whatever machine it runs on. */
export interface DoctorLock {
  /** Fencing number, for the journal. */
  readonly epoch: string;
  readonly seq: number;
  /** Whether it is still ours; asked before every act. */
  held(): boolean;
  release(): Promise<void>;
}

/** Why no further act may be made; asked before each. */
export const whyStop = (lock: Pick<DoctorLock, "held">, signal: AbortSignal): string | undefined => {
  if (signal.aborted) return "interrupted";
  return lock.held() ? undefined : "the lock was lost: another doctor may be at work";
};

const NAME = "doctor";
const TTL_MS = 15_000;

/** Where the lock comes from, for one who may have to wait for it and take it more than once. */
export interface LockSource {
  /** Whether it is held. Reads only; throws a StoreError when Redis does not answer. */
  taken(): Promise<boolean>;
  /** Takes it, or throws exit 5: another doctor is at work, or Redis would not grant it. */
  take(): Promise<DoctorLock>;
  /** Gives the lock back and ends the connection. */
  close(): Promise<void>;
}

/** The lock's keys expire by themselves, also when their holder is killed: after `ttlMs`. */
export function lockSource(redis: RedisConnection, ttlMs = TTL_MS): LockSource {
  // A doctor is in no hurry: a slow machine must not look like a Redis that is away.
  const store = redisStore(redis.client, { timeoutMs: ttlMs / 5 });
  const limiter = createLimiter({ store, ttlMs, whenDown: "closed" });
  return {
    taken: async () => (await limiter.peek(NAME)).held > 0,
    async take() {
      const got = await limiter.acquire(NAME, 1);
      if (got.status !== "granted") throw notGranted(redis.address, got);
      const { lease } = got;
      const release = async () => void (await lease.release());
      return { epoch: lease.epoch, seq: lease.seq, held: () => lease.held(), release };
    },
    close: () => limiter.close(),
  };
}

/** Takes the lock once, or throws exit 5. */
export async function takeLock(redis: RedisConnection, ttlMs = TTL_MS): Promise<DoctorLock> {
  const source = lockSource(redis, ttlMs);
  try {
    return { ...(await source.take()), release: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function notGranted(address: string, { status, cause }: { status: string; cause?: Error }) {
  if (status === "refused") {
    return unreachableError({
      code: "doctor-busy",
      message: `another doctor repairs at ${address} now; this one stops and has changed nothing`,
      hint: `wait until it has ended; if it was killed, for ${TTL_MS / 1000} s; if it is a doctor --watch, stop that`,
    });
  }
  const why =
    status === "recovering"
      ? "Redis has lost data, and its locks are being waited out"
      : (cause?.message ?? "no answer");
  return unreachableError({
    code: "doctor-lock",
    message: `the lock that keeps two doctors apart was not granted by ${address}: ${why}`,
    hint: "the Redis user needs the right to write llmctl:*; try again in a minute",
    cause,
  });
}
