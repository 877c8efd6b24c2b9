import type { RunHeader } from "../runs/schema.js";

/** The command that repeats a run. It contains no address and no key: the reader has others. */
export function repeatLine(header: RunHeader): string {
  const { target, plan, limit, redis } = header;
  const lines = [
    [`llmctl probe ${target.endpoint}`, '--base-url "$LITELLM_PROXY_URL"'],
    [...(redis === null ? [] : ['--redis-url "$REDIS_URL"']), ...keyFlags(header)],
    [...countFlags(plan, limit), ...loadFlags(plan), ...(plan.stream ? ["--stream"] : []), ...endingFlag(plan.ending)],
    [`--model ${quoted(target.model)}`, `--max-tokens ${plan.maxTokens}`],
    [
      `--max-lag ${plan.maxLagMs}ms`,
      `--settle ${plan.settleMs}ms`,
      ...(plan.shared ? ["--shared"] : []),
      ...(plan.exclusive ? ["--exclusive"] : []),
    ],
  ];
  return lines
    .filter((words) => words.length > 0)
    .map((words) => words.join(" "))
    .join(" \\\n  ");
}

/** Without a key its hash is recorded as `none`. */
function keyFlags({ target, plan, limit }: RunHeader): string[] {
  if (plan.temporary) return ["--temp-key", ...(limit.value === null ? [] : [`--mpr ${limit.value}`])];
  return [target.key === "none" ? "--no-key" : "--key-file key.txt"];
}

/** A run that did not know the limit planned its calls during the run. */
function countFlags(plan: RunHeader["plan"], limit: RunHeader["limit"]): string[] {
  if (plan.load !== null) {
    return [plan.burst > 0 ? `-c ${plan.burst}` : "--sequential", ...limitFlag(limit)];
  }
  if (limit.value === null) return [];
  return [
    `-n ${plan.rounds * (plan.sequence + plan.burst)}`,
    plan.burst > 0 ? `-c ${plan.burst}` : "--sequential",
    ...(plan.rounds > 1 ? [`--rounds ${plan.rounds}`] : []),
    ...limitFlag(limit),
  ];
}

const limitFlag = ({ source, value }: RunHeader["limit"]): string[] => (source === "flag" ? [`--limit ${value}`] : []);

function loadFlags({ load, warmUp, windowMs, keepAlive, bail }: RunHeader["plan"]): string[] {
  return [
    ...(warmUp > 0 ? [`--warm-up ${warmUp}`] : []),
    ...(load === null ? [] : kindOfLoad(load, windowMs)),
    ...(keepAlive ? ["--keep-alive"] : []),
    ...(bail === null ? [] : [`--bail ${Math.round(bail * 1000) / 10}%`]),
  ];
}

function kindOfLoad(load: NonNullable<RunHeader["plan"]["load"]>, windowMs: number | null): string[] {
  const { perS, callers, forMs, calls, pauseMs, warmUpMs } = load;
  const warmUp = warmUpMs > 0 ? [`--warm-up ${warmUpMs}ms`] : [];
  if (windowMs !== null) return [`--through-window ${windowMs}ms`, `-n ${calls}`, `--pause ${pauseMs}ms`, ...warmUp];
  const kind = perS === null ? [`--callers ${callers}`, `--pause ${pauseMs}ms`] : [`--rate ${perS}/s`];
  return [...kind, `--for ${forMs}ms`, `-n ${calls}`, ...warmUp];
}

function endingFlag(ending: string): string[] {
  const [, count, unit] = /^aborted after (\d+) (content events|ms)$/.exec(ending) ?? [];
  return count === undefined ? [] : [`--abort-after ${count}${unit === "ms" ? "ms" : ""}`];
}

const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
