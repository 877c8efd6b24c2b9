import type { Attempt, LimitStatus, LimitType } from "./index.js";
import type { Store } from "./store.js";

/** A limit and where it is counted. */
interface Counter {
  readonly type: LimitType;
  readonly limit: number;
  readonly name: string;
}

/** The limits after a call was counted, and the one that it exceeds. */
export interface Counted {
  readonly statuses: readonly LimitStatus[];
  readonly over: LimitStatus | undefined;
}

/** The windowed limits of an attempt, in the order in which LiteLLM counts and reports them. */
function countersOf(store: Store, { owner, limits }: Attempt, types: readonly LimitType[]): Counter[] {
  const of = {
    requests: limits.rpm_limit,
    tokens: limits.tpm_limit,
    max_parallel_requests: limits.max_parallel_requests,
  };
  return types.flatMap((type) => {
    const limit = of[type];
    return limit === null ? [] : [{ type, limit, name: store.named(owner, type) }];
  });
}

const standing = ({ type, limit }: Counter, value: number): LimitStatus => ({ type, limit, remaining: limit - value });
const firstOver = (statuses: readonly LimitStatus[]) => statuses.find(({ remaining }) => remaining < 0);

/** Counts a call in each limit: first in the worker cache, which may reject by itself, then in Redis. */
export async function count(store: Store, attempt: Attempt, types: readonly LimitType[]): Promise<Counted> {
  const { cache: mirror } = attempt.worker;
  const { release, now, windowS } = store.options;
  const counters = countersOf(store, attempt, types);
  const remembered = counters.map((counter) => standing(counter, mirror.get(counter.name) ?? 0));
  const overByMemory = firstOver(remembered);
  // 1.109 asks Redis every time: a rejected call still counts as a request there.
  if (overByMemory && !release.since(109)) return { statuses: remembered, over: overByMemory };
  if (counters.length === 0) return { statuses: [], over: undefined };
  const window = store.named(attempt.owner, "window");
  const values = await store.run(
    "windowedAdmit",
    counters.flatMap(({ name }) => [window, name]),
    [Math.floor(now() / 1000), windowS, release.since(80, 8) ? "1" : "0", release.since(109) ? "1" : "0"],
  );
  const statuses = counters.map((counter, i) => {
    const value = values ? Number(values[i]) : (mirror.get(counter.name) ?? 0) + 1;
    mirror.set(counter.name, value, windowS);
    return standing(counter, value);
  });
  return { statuses, over: firstOver(statuses) };
}
