import { PassThrough } from "node:stream";
import type { Context } from "../../../src/config/context.js";
import { parseRedisUrl } from "../../../src/config/redis-url.js";
import type { ProxyFacts } from "../../../src/diagnose/facts/proxy-facts.js";
import { known, notConfigured } from "../../../src/diagnose/lookup.js";
import type { DoctorOptions } from "../../../src/diagnose/options.js";
import { readOptions } from "../../../src/doctor/options.js";
import type { RedisConnection } from "../../../src/redis/connect.js";
import { Terminal } from "../../../src/terminal/terminal.js";
import { enoughMsIn, expectedIn } from "./deployments.js";
import type { Hospital } from "./redis-server.js";
import type { Phase, Story } from "./scenario.js";

/** The usual window, where none was told, and how much longer than what is needed a doctor looks that means to look long enough. */
const USUAL_WINDOW_MS = 60_000;
const SPARE_MS = 5000;

/** For how long a doctor asks to look. */
export const observeMsIn = ({ observe }: Phase, story: Story): number =>
  ({ "not at all": 0, "25s": 25_000, "65s": 65_000, enough: askedMsIn(story) + SPARE_MS })[observe];

/** One that was told an age for slots and no longest call takes that age for it. */
const askedMsIn = (story: Story): number =>
  Math.max(enoughMsIn(story), USUAL_WINDOW_MS, story.longestS === null ? (story.olderThanS ?? 0) * 1000 : 0);

/** An observation that is too short for what was told is a contradiction, so who looks no longer does not tell. */
const tellsLongest = (phase: Phase, story: Story): boolean =>
  story.longestS !== null &&
  observeMsIn(phase, story) >=
    Math.max(story.longestS * 1000, story.windowTold ? story.windowS * 1000 : USUAL_WINDOW_MS);

/** All that a doctor works with. */
export interface Desk {
  readonly hospital: Hospital;
  readonly context: Context;
  readonly redis: RedisConnection;
  readonly told: ProxyFacts;
  options(): Promise<DoctorOptions>;
}

interface Parts {
  readonly redis: RedisConnection;
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly phase: Phase;
}

export function deskOf(hospital: Hospital, { redis, sleep, signal, phase }: Parts): Desk {
  const { story, lane, stateDir, world } = hospital;
  const { namespace, namespaceTold } = story.deployment;
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream;
  const mute = { write: () => true };
  const context: Context = {
    settings: {
      ...{ redis: parseRedisUrl(lane.url, "url"), timeoutMs: 30_000, output: "json", quiet: true, yes: true },
      ...{ dryRun: false, input: false, debug: false, stateDir },
      ...(namespaceTold === "by a flag" && namespace !== "" ? { redisNamespace: namespace } : {}),
    },
    terminal: new Terminal({ stdout: mute, stderr: mute, stdin, env: {}, quiet: true }),
    clock: { wall: () => Date.now() + story.clockOffMs, monotonic: () => performance.now() + world.aheadMs, sleep },
    env: story.windowTold ? { LITELLM_RATE_LIMIT_WINDOW_SIZE: `${story.windowS}` } : {},
    signal,
  };
  const flags = {
    fix: true,
    observe: `${observeMsIn(phase, story)}ms`,
    ...(tellsLongest(phase, story) ? { longestCall: `${story.longestS}s` } : {}),
    ...(story.scope === "all namespaces" ? { allNamespaces: true } : {}),
    ...(typeof story.scope === "number" ? { key: world.keys[story.scope % world.keys.length]?.name as string } : {}),
    idle: story.idle,
    ...(phase.atMost === null ? {} : { maxRepairs: `${phase.atMost}` }),
    ...(phase.only === null ? {} : { only: phase.only }),
    ...(story.olderThanS === null ? {} : { olderThan: `${story.olderThanS}s` }),
  };
  const options = () => readOptions(context, flags);
  return { hospital, context, redis, told: toldOf(hospital), options };
}

function toldOf({ story, world, lane }: Hospital): ProxyFacts {
  const none = notConfigured("not asked");
  const { release, namespace, namespaceTold, rosterTold } = story.deployment;
  const { port } = new URL(lane.url);
  const rows = world.keys.flatMap(({ owner, plan }) => {
    const limit = plan.told ? plan.limit : null;
    const row = { token: owner, max_parallel_requests: limit, tpm_limit: plan.tokenLimited ? 1000 : null };
    return plan.whose === "ours" ? [[owner, row] as const] : [];
  });
  const shape = expectedIn(story);
  return {
    proxy: shape
      ? known({
          ...{ baseUrl: "http://127.0.0.1:1", version: release, limiter: "v3", shape },
          ...{ cache: "redis", database: null },
        })
      : none,
    keyDirectory: rosterTold ? known(new Map(rows)) : none,
    cache:
      namespaceTold === "by the proxy"
        ? known({ runId: null, host: "127.0.0.1", port: Number(port), db: 0, namespace: namespace || null, away: null })
        : none,
    ...{ coordination: none, backlog: none },
  };
}
