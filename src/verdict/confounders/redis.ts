import { formatCalls, isRefused } from "../calls.js";
import type { SlotReading } from "../events.js";
import { smallest } from "../sorted-numbers.js";
import type { Confounder } from "./confounder.js";

/** Redis was read, but no trace of our calls was seen in it. */
export const otherRedis: Confounder = ({ otherRedis }) =>
  otherRedis
    ? {
        text: "nothing of our calls was seen in this Redis: it is not the limiter's, or the proxy counts in its own memory; judged by the calls alone",
      }
    : undefined;

/** Redis stopped answering during the run. */
export const redisLost: Confounder = ({ redisLost }) =>
  redisLost ? { text: "Redis stopped answering in the middle of the run; judged by the calls alone" } : undefined;

/** A worker cache can explain it. */
export const workerMemory: Confounder = (_, candidates) =>
  candidates.some((one) => one.kind === "false-rejection" && one.basis === "slots")
    ? {
        text: "Redis has room, so it is a worker's own memory that refuses: it ends when that worker is restarted, or with its copy's life",
      }
    : undefined;

/** A counter that expired with calls in it lost both leaked and live slots: the two can no longer be told apart. */
export const windowRolled: Confounder = ({ readings }) => {
  const rolled = readings.some((now, at) => {
    const before = readings[at - 1];
    return before?.type === "string" && (before.held ?? 0) > 0 && now.type === "none" && before.ttlMs > 0;
  });
  return rolled
    ? {
        text: "the counter died with its window while it held something: what seems given back may only be forgotten; probe again",
        explains: ({ kind }) => kind === "slow-release",
        blocks: true,
      }
    : undefined;
};

/** A counter below zero is wrong: it admits more than the limit. LiteLLM 1.91.5 releases some streams twice. */
export const belowZero: Confounder = ({ readings, limit }) => {
  const least = smallest(
    readings.map(({ held }) => held ?? 0),
    0,
  );
  if (least === 0 || limit.value === null) return undefined;
  return {
    text: `the counter fell to ${least}: slots were given back twice, or after their window had ended, so ${limit.value - least} calls may run at once on a limit of ${limit.value}; longer answers would show them together: --stream, --max-tokens 200`,
    blocks: true,
  };
};

/** Each rejection renews the expiry of a full counter, so a client that retries keeps itself locked out. */
export const stickyLock: Confounder = ({ readings, limit, calls }) => {
  const full = ({ type, held, ttlMs }: SlotReading) =>
    type === "string" && ttlMs > 0 && (held ?? 0) >= (limit.value ?? Number.POSITIVE_INFINITY);
  const locked = readings.length > 0 && readings.every(full) && calls.some(isRefused);
  return locked
    ? {
        text: `a counter at the limit, with an expiry that every retry renews: ${Math.ceil(longest(readings) / 1000)} s without any call free it; see llmctl doctor`,
      }
    : undefined;
};

const longest = (readings: readonly SlotReading[]): number =>
  readings.reduce((most, { ttlMs }) => Math.max(most, ttlMs), 0);

/** The oldest limiter starts again each minute, whatever was leaked before. */
export const minuteLimiter: Confounder = ({ calls }) => {
  const minute = calls.filter((call) => call.rejection?.limiter === "minute" && isRefused(call));
  return minute.length > 0
    ? {
        text: `this limiter counts each minute for itself: a leak lasts to the end of its minute and is not seen beyond it (call ${formatCalls(minute)})`,
      }
    : undefined;
};
