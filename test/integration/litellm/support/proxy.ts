import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type PrivateRedis, startRedis } from "../../../../src/lab/redis.js";
import { type PrivatePostgres, startPostgres } from "../database/postgres.js";
import { startUpstream, type Upstream } from "../upstream/server.js";
import { quietPort } from "./free-port.js";
import { proxyConfig } from "./proxy-config.js";
import { home, type Release, releaseFolder } from "./releases.js";

const here = dirname(fileURLToPath(import.meta.url));
/** The folder of the kit that runs real releases. */
const kit = join(here, "..");

export const masterKey = "sk-master-of-a-proxy-under-test";

/** Limits of a key, as LiteLLM names them. */
export interface KeyLimits {
  max_parallel_requests?: number;
  rpm_limit?: number;
  tpm_limit?: number;
}

export interface ProxyOptions {
  version: Release;
  /** With a Postgres of its own, keys are made through the admin API; without, `keys` are all there are. */
  database?: boolean;
  keys?: Record<string, KeyLimits>;
  /** Worker processes, 1 by default. */
  workers?: number;
  namespace?: string;
  /** What the configuration file should hold instead. */
  configure?: (config: ReturnType<typeof proxyConfig>) => object;
  /** Seconds after which the proxy gives up on a provider, 120 by default. */
  requestTimeout?: number;
  /** More environment, such as `LEGACY_MULTI_INSTANCE_RATE_LIMITING`. */
  env?: Record<string, string>;
  /** Another proxy's Redis, to be two pods of one deployment or an upgrade; left running by `stop`. */
  redis?: PrivateRedis;
}

/** A real LiteLLM on loopback with its own Redis, its own model provider and, if asked for, its own database. */
export interface Proxy {
  readonly version: Release;
  readonly url: string;
  readonly redis: PrivateRedis;
  readonly upstream: Upstream;
  /** Leader of the group that holds all of its processes: `process.kill(-pid, "SIGKILL")` is a crash. */
  readonly pid: number;
  /** Replaces the keys of a proxy without a database; binds from the next request on. */
  setKeys(keys: Record<string, KeyLimits>): Promise<void>;
  /** What the proxy has printed so far. */
  log(): Promise<string>;
  /** Ends everything that was started here. A call that never ends is cut after five seconds. */
  stop(): Promise<void>;
}

/** Gives the database LiteLLM's tables, which on another machine Prisma's command line tool would do. */
async function pushSchema(version: Release, databaseUrl: string): Promise<void> {
  const python = join(releaseFolder(version), "lib");
  const [name] = await readdir(python);
  const schema = join(python, name ?? "", "site-packages", "litellm", "proxy", "schema.prisma");
  await promisify(execFile)(process.execPath, [join(kit, "database", "push-schema.mjs"), schema], {
    env: { PATH: process.env.PATH, LLMCTL_LITELLM_HOME: home, DATABASE_URL: databaseUrl },
  });
}

const databaseEnv = (postgres: PrivatePostgres | undefined) =>
  postgres && {
    DATABASE_URL: postgres.url,
    PRISMA_QUERY_ENGINE_BINARY: join(kit, "database", "query-engine.mjs"),
    DISABLE_SCHEMA_UPDATE: "true",
    PATH: `${join(kit, "database", "path")}:${process.env.PATH}`,
  };

/** Starts a release and returns when it answers; 10 to 20 seconds on two cores. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { version, workers = 1, keys = {} } = options;
  const program = join(releaseFolder(version), "bin", "litellm");
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const dir = await mkdtemp(join(tmpdir(), "llmctl-litellm-"));
    ends.push(() => rm(dir, { recursive: true, force: true }));
    const upstream = await startUpstream();
    ends.push(upstream.stop);
    const redis = options.redis ?? (await startRedis());
    if (!options.redis) ends.push(redis.stop);
    const postgres = options.database ? await startPostgres() : undefined;
    if (postgres) {
      ends.push(postgres.stop);
      await pushSchema(version, postgres.url);
    }

    const port = await quietPort();
    const url = `http://127.0.0.1:${port}`;
    const [config, keysFile, logFile] = ["config.yaml", "keys.json", "log"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const setKeys = (given: Record<string, KeyLimits>) => writeFile(keysFile, JSON.stringify(given));
    await setKeys(keys);
    const settings = { redisPort: redis.port, upstreamUrl: upstream.url, keysFromFile: !postgres };
    // JSON is YAML too.
    const { namespace, requestTimeout } = options;
    const text = proxyConfig({
      ...settings,
      ...(namespace && { namespace }),
      ...(requestTimeout && { requestTimeout }),
    });
    await writeFile(config, JSON.stringify(options.configure?.(text) ?? text));
    // Looked for beside the configuration.
    await copyFile(join(kit, "custom_auth.py"), join(dir, "custom_auth.py"));
    const args = ["--config", config, "--host", "127.0.0.1", "--port", `${port}`];
    if (workers > 1) {
      args.push("--num_workers", `${workers}`);
      // A worker that starts beside others on two cores needs longer than the five seconds it is given; 1.79.1 has no such limit.
      if (version !== "1.79.1") args.push("--timeout_worker_healthcheck", "300");
    }
    const log = openSync(logFile, "a");
    // Only what is named here: a REDIS_URL or an HTTP proxy of the person who runs the tests must not reach it.
    const child = spawn(join(here, "leash"), [program, ...args], {
      detached: true, // a group of its own, so that no worker outlives it
      stdio: ["pipe", log, log],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        LANG: process.env.LANG,
        LLMCTL_LITELLM_HOME: home,
        LITELLM_MASTER_KEY: masterKey,
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
        NO_DOCS: "True",
        KEYS_FILE: keysFile,
        ...databaseEnv(postgres),
        ...options.env,
      },
    });
    closeSync(log);
    const pid = child.pid as number;
    const gone = once(child, "exit");
    const killGroup = () => {
      try {
        process.kill(-pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    };
    ends.push(async () => {
      child.kill("SIGTERM");
      await Promise.race([gone, sleep(5000)]);
      killGroup();
      await gone;
    });

    const words = () => readFile(logFile, "utf8");
    for (const start = Date.now(); ; await sleep(200)) {
      const text = await words();
      const running = text.includes(`Uvicorn running on ${url}`);
      // With several workers the parent says so before any of them listens.
      const ready = workers === 1 || text.split("Application startup complete").length > workers;
      if (running && ready && (await fetch(`${url}/health/readiness`)).ok) break;
      if (child.exitCode !== null || Date.now() - start > 300_000) {
        throw new Error(`LiteLLM ${version} did not start:\n${(await words()).slice(-4000)}`);
      }
    }
    return { version, url, redis, upstream, pid, setKeys, log: words, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
