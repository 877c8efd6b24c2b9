import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { type CliOptions, type CliResult, runCli } from "../../../support/cli.js";
import { type Proxy as LitellmProxy, masterKey } from "./proxy.js";

/** A key that the operator made: its secret lies in `file`. */
export interface OwnedKey {
  secret: `sk-${string}`;
  hash: string;
  alias: string;
  file: string;
  /** The Redis key of its parallel counter. */
  counter: string;
}

/** A key whose secret is known, such as one of a proxy without a database. */
export function ownedKey(alias: string, secret: OwnedKey["secret"], file = ""): OwnedKey {
  const hash = createHash("sha256").update(secret).digest("hex");
  return { secret, hash, alias, file, counter: `{api_key:${hash}}:max_parallel_requests` };
}

/** Somebody who runs llmctl with the admin's key and the Redis of a real proxy, in a home of their own. */
export interface Operator {
  readonly redis: Redis;
  readonly home: string;
  /** Runs llmctl with `--json`. Fails when the admin's key or a key made here shows up in what it prints. */
  run(...args: string[]): Promise<CliResult>;
  runWith(options: CliOptions, ...args: string[]): Promise<CliResult>;
  createKey(alias: string, ...limits: string[]): Promise<OwnedKey>;
  leave(): Promise<void>;
}

export async function startOperator(proxy: LitellmProxy): Promise<Operator> {
  const home = await mkdtemp(join(tmpdir(), "llmctl-operator-"));
  const redis = new Redis(proxy.redis.url);
  const secrets = [masterKey];
  const env = {
    HOME: home,
    XDG_STATE_HOME: join(home, "state"),
    XDG_CONFIG_HOME: join(home, "config"),
    LITELLM_PROXY_URL: proxy.url,
    LITELLM_MASTER_KEY: masterKey,
    REDIS_URL: proxy.redis.url,
  };
  const runWith = async (options: CliOptions, ...args: string[]) => {
    const result = await runCli([...args, "--json"], { timeout: 400_000, ...options, env: { ...env, ...options.env } });
    for (const secret of secrets) expect(result.stdout + result.stderr).not.toContain(secret);
    return result;
  };
  return {
    redis,
    home,
    run: (...args) => runWith({}, ...args),
    runWith,
    async createKey(alias, ...limits) {
      const file = join(home, `${alias}.key`);
      const made = await runWith({}, "keys", "create", "--alias", alias, ...limits, "--write-key", file);
      expect(made.status, made.stderr).toBe(0);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const secret = (await readFile(file, "utf8")).trim() as `sk-${string}`;
      expect(made.stdout + made.stderr).not.toContain(secret);
      secrets.push(secret);
      const key = ownedKey(alias, secret, file);
      expect(made.json().key.token).toBe(key.hash);
      return key;
    },
    async leave() {
      redis.disconnect();
      await rm(home, { recursive: true, force: true });
    },
  };
}
