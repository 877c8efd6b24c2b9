import { createHash } from "node:crypto";
import type { Counter } from "../diagnose/counter.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import { isHash, shortHash } from "../litellm/owner.js";

/** How many calls that are over a repair would take out of its key. */
export const leakedIn = ({ act, counter }: PlannedRepair): number =>
  act.kind === "release-slots" ? act.members.length : (act.lowerBy ?? Math.max(0, counter.held ?? 0));

/** One counter as a monitoring system sees it. */
export interface Series {
  /** Alias, or the beginning of the hash; never the secret of a custom-auth key, which its name in Redis holds. */
  readonly owner: string;
  readonly namespace: string;
  /** Tells two owners of one alias apart. */
  readonly key: string;
  readonly held: number;
  readonly limit: number | null;
  readonly leaked: number;
}

/** More are not told: each is kept by the monitoring system for as long as it keeps anything. */
export const MOST_SERIES = 1000;

/**
 * The counters with something left behind first, then those that hold most; `omitted` is how many are not among them.
 */
export function metricSeries(
  counters: readonly Counter[],
  plan: readonly PlannedRepair[],
  most = MOST_SERIES,
): { series: Series[]; omitted: number } {
  const leaked = new Map(plan.map((repair) => [repair.act.key, leakedIn(repair)]));
  // The keys of minutes come and go by themselves, a new one every minute.
  const all = counters.filter(({ shape, name }) => shape !== "minute" || leaked.has(name.name));
  const rank = ({ name, held }: Counter) => [leaked.get(name.name) ?? 0, held ?? 0] as const;
  const sorted = all.length <= most ? all : [...all].sort((a, b) => compare(rank(a), rank(b)));
  const series = new Map<string, Series>();
  for (const counter of sorted.slice(0, most)) {
    const one = seriesFrom(counter, leaked.get(counter.name.name) ?? 0);
    series.set(`${one.owner}\n${one.namespace}\n${one.key}`, one);
  }
  return { series: [...series.values()], omitted: all.length - series.size };
}

const compare = (a: readonly [number, number], b: readonly [number, number]): number => b[0] - a[0] || b[1] - a[1];

function seriesFrom({ name, alias, held, limit }: Counter, leaked: number): Series {
  const { id } = name.owner;
  const hash = isHash(id) ? id : createHash("sha256").update(id).digest("hex");
  const key = `${shortHash(hash).slice(0, -1)}${name.minute ? ` ${name.minute}` : ""}`;
  return {
    owner: alias ?? shortHash(hash).slice(0, -1),
    namespace: name.namespace ?? "",
    key,
    held: held ?? 0,
    limit,
    leaked,
  };
}
