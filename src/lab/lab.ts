import type { RedisClient } from "../redis/connect.js";
import type { Keys } from "./admin/keys.js";
import type { KeyRow } from "./admin/row.js";
import type { Admission } from "./admission/index.js";
import type { PlantedCrashes } from "./planted-crashes.js";
import type { CounterWrite, EndedCall, Release } from "./release.js";
import type { DeploymentLimit } from "./upstream/deployment-limit.js";
import type { Model } from "./upstream/model.js";
import type { Workers } from "./worker.js";
import type { Now } from "./worker-cache.js";

/** Everything that one lab's routes share. */
export interface Lab {
  readonly release: Release;
  readonly admission: Admission;
  readonly model: Model;
  readonly deployments: DeploymentLimit;
  readonly keys: Keys;
  readonly workers: Workers;
  readonly redis: RedisClient;
  readonly redisAddress: { readonly host: string; readonly port: number };
  readonly namespace: string | undefined;
  readonly masterKey: string;
  /** The admin's own row: no limits, so that its calls are never refused. */
  readonly masterRow: KeyRow;
  readonly now: Now;
  readonly windowS: number;
  /** How long the provider takes for an answer. */
  readonly answerMs: number;
  /** How long the provider may take; the release's own patience when left out. */
  readonly upstreamTimeoutMs: number | undefined;
  /** Between an answer and what it writes to Redis, which real releases from 1.91 on do after the answer. */
  readonly lagMs: number;
  /** Runs something `lagMs` from now. */
  later(work: () => Promise<void>): void;
  /** What ends a call, the sickness included. */
  ends(call: EndedCall): readonly CounterWrite[];
  /** Owners for whom a worker has not died yet; undefined in a lab where none does. */
  readonly crashes: PlantedCrashes | undefined;
}
