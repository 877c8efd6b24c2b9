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

/** What all routes of one lab share. */
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
  /** The admin's own row, without limits, so that its calls are never rejected. */
  readonly masterRow: KeyRow;
  readonly now: Now;
  readonly windowS: number;
  /** How long the provider takes for an answer, in milliseconds. */
  readonly answerMs: number;
  /** How long the provider may take, in milliseconds; undefined: the release's own timeout. */
  readonly upstreamTimeoutMs: number | undefined;
  /** Milliseconds between an answer and its writes to Redis, which real releases from 1.91 on do after the answer. */
  readonly lagMs: number;
  /** Runs `work` in `lagMs`. */
  later(work: () => Promise<void>): void;
  /** What the end of a call writes, the bug included. */
  ends(call: EndedCall): readonly CounterWrite[];
  /** Owners whose worker has not crashed yet; undefined in a lab without crashes. */
  readonly crashes: PlantedCrashes | undefined;
}
