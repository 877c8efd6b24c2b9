import { shortHash } from "../litellm/owner.js";

/** When a repair last acted on a key, ms of Redis TIME; undefined when none did. */
export type LastRepairs = Pick<ReadonlyMap<string, number>, "get">;

/** A refresh of worker caches that raised a key's limit and has no record of its return. */
export interface InterruptedRefresh {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Address of the proxy. It comes from a file, so it is shown and never called. */
  readonly baseUrl: string;
  /** Hash of the key. */
  readonly key: string;
  readonly alias: string | null;
  /** The limit before and after the raise. */
  readonly from: number;
  readonly to: number;
}

/**
 * What llmctl's own repairs did, as far as their records on disk show. Repairs write these records, and a diagnosis
 * reads them through this
 * interface: so diagnosis knows nothing of repair.
 */
export interface RepairHistory {
  /** When a repair last acted on each key. */
  lastRepairs(): Promise<LastRepairs>;
  /**
   * Refreshes that were interrupted, or still run. `limitOf` gives the limit that the proxy reports of a key, when its
   * list is known.
   */
  interruptedRefreshes(limitOf: ((key: string) => number | null) | null): Promise<readonly InterruptedRefresh[]>;
  /** When a refresh of each key last ended, ms since 1970, by the hash of the key. */
  endedRefreshes(): Promise<ReadonlyMap<string, number>>;
}

export const describeInterrupted = ({ key, alias, from, to, at }: InterruptedRefresh): string =>
  `a refresh was interrupted (${at}): the limit of ${alias ?? shortHash(key)} is ${to}, and was ${from} before`;

/** The command line that sets a limit back by hand. */
export const restoreLine = (key: string, limit: number): string => `llmctl keys update ${key} --mpr ${limit}`;
