import type { ProvingRun } from "./evidence/run-selector.js";

/** What an operator asks of a diagnosis and a repair, read from flags and environment. */
export interface DoctorOptions {
  readonly fix: boolean;
  /** Slots older than this are dead, the operator says; null: age proves nothing. */
  readonly olderThanMs: number | null;
  /** The operator says that nothing runs on the keys. */
  readonly idle: boolean;
  /** How long to observe counters that look locked. */
  readonly observeMs: number;
  /** No call takes longer, the operator says; null when nobody said. */
  readonly longestCallMs: number | null;
  /** LiteLLM's rate-limit window, as far as the environment tells. */
  readonly windowMs: number;
  /** Whether recorded probe runs are evidence. */
  readonly runs: boolean;
  /** The limit of keys that the proxy does not tell of. */
  readonly limit: number | null;
  /** Worker processes of all proxies on this Redis; null when nobody said. */
  readonly workers: number | null;
  readonly reference: string | undefined;
  readonly secret: string | undefined;
  /** Examine and repair the counters of every deployment in this Redis. */
  readonly allNamespaces: boolean;
  /** The model of doctor's own call with that key. */
  readonly model: string | undefined;
  /** Ids of checks, groups and repairs; empty means all. */
  readonly only: readonly string[];
  /** The only evidence that counts, when it was named. */
  readonly fromRun: ProvingRun | null;
  /** So many repairs are made at most. */
  readonly maxRepairs: number;
  /** Repairs a second at most. */
  readonly pace: number;
  /** The same, to be left out. */
  readonly skip: readonly string[];
  /** Send one call with the key of `secret`, to see where it is counted. */
  readonly canary: boolean;
  /** One call with the key of --key-file tells whether a worker refuses it from memory. */
  readonly tryKey: boolean;
  /** The release of LiteLLM, when no proxy tells it. */
  readonly litellmVersion: string | null;
}
