import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseRedisUrl } from "../config/redis-url.js";
import { createLimiter, memoryStore } from "../limiter/index.js";
import { connectRedis } from "../redis/connect.js";
import { Keys } from "./admin/keys.js";
import { newRow, newSecret } from "./admin/row.js";
import { LimitedAdmission } from "./admission/limited.js";
import { SlotsAdmission } from "./admission/slots.js";
import { Store } from "./admission/store.js";
import { WindowedAdmission } from "./admission/windowed.js";
import type { Defect } from "./defects/defect.js";
import { DEFECTS, type DefectName } from "./defects/index.js";
import type { Lab } from "./lab.js";
import { PlantedCrashes } from "./planted-crashes.js";
import { startRedis } from "./redis.js";
import { releaseOf } from "./releases/index.js";
import { answer } from "./server.js";
import { DeploymentLimit } from "./upstream/deployment-limit.js";
import { Model, type ModelStats } from "./upstream/model.js";
import { Workers } from "./worker.js";
import type { Now } from "./worker-cache.js";

/** Options of a lab. */
export interface LabOptions {
  /** The bug. By default the release unchanged. `healthy`: its limit is also enforced by llmctl's own limiter. */
  sick?: DefectName;
  /** Another release than the one with the bug: the lab then behaves as that release. */
  version?: string;
  /** max_parallel_requests of the predefined key; default 3, null for none. */
  limit?: number | null;
  /** Further limits of the predefined key. Default rpm 1000, which makes a windowed leak last. */
  rpm?: number | null;
  tpm?: number | null;
  /** The predefined key; a new one by default. */
  key?: string;
  masterKey?: string;
  workers?: number;
  /** 0 by default: a free port. */
  port?: number;
  /** An existing Redis; by default a private one, which `stop` ends. */
  redisUrl?: string;
  namespace?: string;
  /** Length of a window in whole seconds; default 60. */
  windowS?: number;
  /** Lifetime of a slot in seconds; default 3600. */
  slotTtlS?: number;
  /** Milliseconds between an answer and its writes to Redis; default 0, so that Redis is final after an answer. */
  lagMs?: number;
  /** How long the model takes for an answer, in milliseconds; default 0. */
  answerMs?: number;
  /**
   * How long the model may take before the proxy times out, in milliseconds; by default the release's own 120 or 600 s.
   */
  upstreamTimeoutMs?: number;
  /** Milliseconds since 1970, for windows, worker caches and keys. Slots and expiries use Redis' own clock. */
  clock?: Now;
}

/** A running fake LiteLLM. */
export interface RunningLab {
  /** `http://127.0.0.1:PORT` */
  readonly baseUrl: string;
  readonly redisUrl: string;
  readonly masterKey: string;
  /** The predefined key. */
  readonly key: string;
  readonly version: string;
  readonly sick: DefectName;
  /** The table of keys, to inspect or to change without the API. */
  readonly keys: Keys;
  /** What the model is really working on concurrently. */
  stats(): ModelStats;
  /** A worker crashes with its calls in flight and restarts: its slots stay taken, its caches are empty. */
  crash(worker?: number): void;
  /** Stops the lab with its open calls and its private Redis. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a lab. It is ready in well under a second; many fit in one process. Throws the error of Redis or of the port,
 * and leaves nothing running.
 */
export async function startLab(options: LabOptions = {}): Promise<RunningLab> {
  const ends: (() => unknown)[] = [];
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return await assemble(options, ends, endAll);
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function assemble(
  options: LabOptions,
  ends: (() => unknown)[],
  endAll: () => Promise<void>,
): Promise<RunningLab> {
  const sick = options.sick ?? "healthy";
  const defect: Defect = DEFECTS[sick];
  const release = releaseOf(options.version ?? defect.version);
  const now = options.clock ?? Date.now;
  const { windowS = 60, slotTtlS = 3600, namespace, lagMs = 0 } = options;

  const own = options.redisUrl === undefined ? await startRedis() : undefined;
  if (own) ends.push(own.stop);
  const redisUrl = options.redisUrl ?? own?.url ?? "";
  const redisAddress = parseRedisUrl(redisUrl, "redisUrl");
  const connection = await connectRedis(redisAddress, { timeoutMs: 5000 });
  ends.push(() => connection.close());

  const store = new Store({ redis: connection.client, release, now, windowS, slotTtlS, namespace });
  const asReleased = release.shape === "slots" ? new SlotsAdmission(store) : new WindowedAdmission(store);
  const limiter = options.sick === "healthy" ? createLimiter({ store: memoryStore() }) : undefined;
  if (limiter) ends.push(() => limiter.close());
  const admission = limiter ? new LimitedAdmission(asReleased, limiter) : asReleased;
  const masterKey = options.masterKey ?? `sk-lab-admin-${randomBytes(12).toString("hex")}`;
  const late = new Set<Promise<void>>();
  ends.push(() => Promise.allSettled(late));
  const lab: Lab = {
    release,
    admission,
    model: new Model(),
    deployments: new DeploymentLimit(),
    keys: new Keys(),
    workers: new Workers(options.workers ?? 1, now),
    redis: connection.client,
    redisAddress,
    namespace,
    masterKey,
    masterRow: newRow(masterKey, now()),
    now,
    windowS,
    answerMs: options.answerMs ?? 0,
    upstreamTimeoutMs: options.upstreamTimeoutMs,
    lagMs,
    later(work) {
      const done = sleep(lagMs).then(work);
      late.add(done);
      void done.finally(() => late.delete(done));
    },
    ends: (call) => defect.ends?.(call, release) ?? release.writesAtEnd(call),
    crashes: defect.crashed === true ? new PlantedCrashes(admission, now) : undefined,
  };
  const key = readyMade(lab, options);

  const server = createServer((req, res) => void answer(lab, req, res));
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    lab.model.stop();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    redisUrl,
    masterKey,
    key,
    version: release.version,
    sick,
    keys: lab.keys,
    stats: () => lab.model.stats(),
    crash: (worker = 0) => lab.workers.all[worker]?.crash(),
    stop: () => {
      stopping ??= endAll();
      return stopping;
    },
  };
}

/** The key that every lab has from the start. */
function readyMade(lab: Lab, { key = newSecret(), limit = 3, rpm = 1000, tpm = null }: LabOptions): string {
  const row = lab.keys.add(key, lab.now());
  Object.assign(row ?? {}, {
    key_alias: "lab",
    max_parallel_requests: limit,
    rpm_limit: rpm,
    tpm_limit: tpm,
  });
  return key;
}
