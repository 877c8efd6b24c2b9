import { PassThrough } from "node:stream";
import type { Context } from "../../../src/config/context.js";
import { parseRedisUrl } from "../../../src/config/redis-url.js";
import { known, notAsked } from "../../../src/diagnose/lookup.js";
import type { DoctorOptions } from "../../../src/diagnose/options.js";
import type { ProxyFacts } from "../../../src/diagnose/proxy-facts.js";
import { readOptions } from "../../../src/doctor/options.js";
import type { RedisConnection } from "../../../src/redis/connect.js";
import { Terminal } from "../../../src/terminal/terminal.js";
import type { Hospital } from "./redis-server.js";

/**
 * LiteLLM's window and the watch of it, both a thousandth or so of the real ones: Redis TIME is real, and 10,000 histories have to end. The watch is
 * the longer by as much as a busy Redis may be late in looking at its clock.
 */
const WINDOW_MS = 15;
const WATCH_MS = 70;

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
  readonly watches: boolean;
}

export function deskOf(hospital: Hospital, { redis, sleep, signal, watches }: Parts): Desk {
  const { story, lane, stateDir } = hospital;
  const stdin = new PassThrough() as unknown as NodeJS.ReadStream;
  const mute = { write: () => true };
  const context: Context = {
    settings: {
      ...{ redis: parseRedisUrl(lane.url, "url"), timeoutMs: 30_000, output: "json", quiet: true, yes: true },
      ...{ dryRun: false, input: false, debug: false, stateDir },
    },
    terminal: new Terminal({ stdout: mute, stderr: mute, stdin, env: {}, quiet: true }),
    clock: { wall: () => Date.now() + story.clockOffMs, monotonic: () => performance.now(), sleep },
    env: {},
    signal,
  };
  const flags = {
    fix: true,
    observe: `${watches ? WATCH_MS : 0}ms`,
    idle: story.idle,
    ...(story.olderThanS === null ? {} : { olderThan: `${story.olderThanS}s` }),
  };
  const options = async () => ({ ...(await readOptions(context, flags)), windowMs: WINDOW_MS });
  return { hospital, context, redis, told: toldOf(hospital), options };
}

function toldOf({ story, world }: Hospital): ProxyFacts {
  const none = notAsked("not asked");
  const version = { slots: "1.95.0", windowed: "1.79.1" };
  const rows = world.keys.flatMap(({ owner, plan }) => {
    const row = { token: owner, max_parallel_requests: plan.limit, tpm_limit: plan.tokenLimited ? 1000 : null };
    return plan.told ? [[owner, row] as const] : [];
  });
  return {
    proxy: story.expected
      ? known({
          ...{ baseUrl: "http://127.0.0.1:1", version: version[story.expected], limiter: "v3", shape: story.expected },
          ...{ cache: "redis", database: null },
        })
      : none,
    roster: known(new Map(rows)),
    ...{ cache: none, coordination: none, backlog: none },
  };
}
