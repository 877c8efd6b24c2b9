import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { type PrivateRedis, startRedis } from "../../../src/lab/redis.js";
import type { Story } from "./scenario.js";

/** A Redis of its own for one history after another, that can be killed and started again. */
export class Lane {
  private constructor(
    private server: PrivateRedis,
    public admin: Redis,
  ) {}

  static async open(): Promise<Lane> {
    const server = await startRedis();
    return new Lane(server, await connect(server));
  }

  get url(): string {
    return this.server.url;
  }

  async empty(): Promise<void> {
    await this.admin.flushall();
    // A script that has to be sent again is a step of its own; so that a story plays the same, alone and after others.
    await this.admin.script("FLUSH");
    await rm(join(this.server.dir, "dump.rdb"), { force: true });
  }

  /** From here on a restart finds what `keeps` says. */
  async keep(keeps: Story["keeps"]): Promise<void> {
    if (keeps === "a snapshot") {
      await this.admin.save();
      return;
    }
    // Every second would not do: a write may then be held back while the last one is on its way to the disk.
    await this.admin.config("SET", "appendfsync", "always");
    await this.admin.config("SET", "appendonly", "yes");
    while (!/aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/.test(await this.admin.info("persistence")))
      await sleep(2);
  }

  async keepNothing(): Promise<void> {
    await this.admin.config("SET", "appendonly", "no");
  }

  /** SIGKILL, and the same server again with what it has kept. */
  async restart(keeps: Story["keeps"]): Promise<void> {
    const { port, dir } = this.server;
    this.admin.disconnect();
    await this.server.kill();
    const args = ["--appendfsync", "always", "--appendonly", keeps === "every write" ? "yes" : "no"];
    this.server = await startRedis({ port, dir, args });
    this.admin = await connect(this.server);
    while (/loading:1/.test(await this.admin.info("persistence"))) await sleep(5);
  }

  async close(): Promise<void> {
    this.admin.disconnect();
    await this.server.stop();
  }
}

async function connect(server: PrivateRedis): Promise<Redis> {
  const admin = new Redis(server.port, { lazyConnect: true, protocol: 2 });
  await admin.connect();
  return admin;
}
