import type { RunHeader } from "../probe/record.js";

/** What to type to do the same again. It names no address and no key of ours: whoever repeats it has others. */
export function repeatLine({ target, plan, limit, redis }: RunHeader): string {
  const key = plan.temporary
    ? ["--temp-key", ...(limit.value === null ? [] : [`--mpr ${limit.value}`])]
    : ["--key-file key.txt"];
  const lines = [
    [`llmctl probe ${target.endpoint}`, '--base-url "$LITELLM_PROXY_URL"'],
    [...(redis === null ? [] : ['--redis-url "$REDIS_URL"']), ...key],
    [...countFlags(plan, limit), ...(plan.stream ? ["--stream"] : []), ...endingFlag(plan.ending)],
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

/** A run that did not know the limit made its plan as it went. */
function countFlags(plan: RunHeader["plan"], limit: RunHeader["limit"]): string[] {
  if (limit.value === null) return [];
  return [
    `-n ${plan.rounds * (plan.sequence + plan.burst)}`,
    plan.burst > 0 ? `-c ${plan.burst}` : "--sequential",
    ...(plan.rounds > 1 ? [`--rounds ${plan.rounds}`] : []),
    ...(limit.source === "flag" ? [`--limit ${limit.value}`] : []),
  ];
}

function endingFlag(ending: string): string[] {
  const [, count, unit] = /^aborted after (\d+) (content events|ms)$/.exec(ending) ?? [];
  return count === undefined ? [] : [`--abort-after ${count}${unit === "ms" ? "ms" : ""}`];
}

const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
