import { formatWindow } from "../../litellm/window.js";
import { plural } from "../../terminal/plural.js";
import { describeInterrupted, restoreLine } from "../repair-history.js";
import { describeWorkerCaches, workerCacheNotes } from "../worker-caches/notes.js";
import type { StaleWorkerCache } from "../worker-caches/stale-worker-caches.js";
import { about, type Check, failed, passed, skipped, warned } from "./check.js";

export const workerCaches: Check = {
  title: "workers' own copies",
  group: "counters",
  needs: ["Redis"],
  run({ counters, plan, redis, staleCaches: copies, interrupted, counterContext: { windowMs } }) {
    if (interrupted.length > 0) {
      return failed(
        `${plural(interrupted.length, "limit")} left raised by a refresh that was interrupted, or that still runs`,
        "llmctl doctor undo sets them back",
        interrupted.map((one) => ({
          ...about(one.key, describeInterrupted(one), [`restore: ${restoreLine(one.key, one.from)}`]),
        })),
      );
    }
    if (!counters.known) return skipped(counters);
    const stale = copies.known ? copies.value.stale : [];
    if (stale.length > 0) {
      return failed(
        `${plural(stale.length, "key")} refused by a worker's memory: Redis has room`,
        stale.some(({ shape }) => shape === "slots")
          ? "restart the workers, or: llmctl doctor --refresh-mirrors --key-file <file> --workers <n>"
          : `wait ${formatWindow(windowMs)}: then the copies are dead`,
        stale.map((copy) => about(copy.redisKey, sayStale(copy, windowMs), [copy.seen])),
      );
    }
    const wallMs = redis.known ? redis.value.timeMs : 0;
    const after = workerCacheNotes(plan, { wallMs, windowMs }).filter(({ until }) => until !== null);
    if (after.length > 0) {
      return warned(
        `after a repair ${plural(after.length, "key")} may still be refused for a while by workers that remember`,
        "wait, or do what each finding says",
        after.map((copy) => about(copy.key, describeWorkerCaches([copy]).join())),
      );
    }
    const told = copies.known ? copies.value.told : null;
    return passed(`nothing to repair that a worker could remember${told === null ? "" : `; ${told}`}`);
  },
};

const sayStale = ({ who, held, limit, shape, untilMs }: StaleWorkerCache, windowMs: number): string =>
  `${who}: Redis holds ${held} of ${limit}, and yet it is refused; a copy lives for ${shape === "slots" ? "an hour" : formatWindow(windowMs)} from when that worker first counted: at the latest until ${new Date(untilMs).toISOString()}`;
