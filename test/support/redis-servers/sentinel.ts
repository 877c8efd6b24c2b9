import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { findRedisServer, freePort, type PrivateRedis, startRedis } from "../../../src/lab/redis.js";

export interface SentinelSetup {
  readonly sentinelPort: number;
  readonly primary: PrivateRedis;
  readonly replica: PrivateRedis;
  stop(): Promise<void>;
}

/** One Sentinel with a password of its own, which watches a primary and a replica under the name `limits`. */
export async function startSentinel(passwords: { sentinel: string; data: string }): Promise<SentinelSetup> {
  const login = ["--requirepass", passwords.data, "--masterauth", passwords.data];
  const primary = await startRedis({ args: login });
  const replica = await startRedis({ args: [...login, "--replicaof", `127.0.0.1 ${primary.port}`] });
  const dir = await mkdtemp(join(tmpdir(), "llmctl-sentinel-"));
  const sentinelPort = await freePort();
  const conf = join(dir, "sentinel.conf");
  await writeFile(
    conf,
    `port ${sentinelPort}
bind 127.0.0.1
dir ${dir}
requirepass ${passwords.sentinel}
sentinel monitor limits 127.0.0.1 ${primary.port} 1
sentinel auth-pass limits ${passwords.data}
`,
  );
  const program = (await findRedisServer()) as string;
  const child = spawn(program, [conf, "--sentinel"], { stdio: "ignore" });
  await untilItKnows(sentinelPort, passwords.sentinel);
  return {
    sentinelPort,
    primary,
    replica,
    async stop() {
      const gone = once(child, "exit");
      child.kill();
      await gone;
      await Promise.all([primary.stop(), replica.stop(), rm(dir, { recursive: true, force: true })]);
    },
  };
}

async function untilItKnows(port: number, password: string): Promise<void> {
  const client = new Redis({ port, host: "127.0.0.1", password, retryStrategy: () => 50, enableReadyCheck: false });
  client.on("error", () => undefined);
  try {
    for (let waited = 0; waited < 15_000; waited += 50) {
      const address = await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "limits");
      if (Array.isArray(address)) return;
      await sleep(50);
    }
    throw new Error("the Sentinel did not come up");
  } finally {
    client.disconnect();
  }
}
