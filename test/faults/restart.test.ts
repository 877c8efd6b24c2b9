import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Client, clientsAt, closeAll, rising, total } from "./clients.js";
import { crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";

const limit = 4;
const ttlMs = 2_000;
const name = "restart";

describe("Redis restarted", () => {
  let server: PrivateRedis;
  let clients: Client[] = [];
  afterEach(async () => {
    await closeAll(clients);
    await server.stop();
  });

  /** Load with long holders in it; `crash` takes the server away and brings back whatever it brings back. */
  const under = async (crash: () => Promise<void>) => {
    clients = clientsAt(server.port, 3, { ttlMs, refusalCacheMs: 0 });
    // Two callers hold past the crash, and leave slots for the others.
    const holdMs = (who: string) => (who.endsWith(".0") && who !== "2.0" ? 3_000 : Math.random() * 50);
    const load = crowd(
      clients.map(({ limiter }) => limiter),
      { name, limit, callers: 4, holdMs },
    );
    await sleep(1_000);
    await crash();
    await sleep(ttlMs + 500);
    const before = load.held.length;
    await sleep(1_500);
    await load.stop();
    expect(load.held.length - before).toBeGreaterThan(5);
    expect(rising(load.numbers)).toBe(true);
    expect(total(clients, "losses")).toBeGreaterThan(0);
    expect(load.answers.recovering).toBeGreaterThan(0);
    return sweep(load.held, limit);
  };

  test("empty: every holder keeps its slot, nobody is admitted beside them, and the scripts are loaded again (I1, I15)", async () => {
    server = await startRedis();
    const { port, dir } = server;
    const excess = await under(async () => {
      await server.kill();
      await sleep(200);
      server = await startRedis({ port, dir });
    });
    expect(excess).toMatchObject({ over: 0 });
    expect(total(clients, "reloads")).toBeGreaterThan(0);
    expect(total(clients, "lost")).toBe(0);
  });

  test("from an old snapshot: the lost grants are found by those who saw them (I1, I15)", async () => {
    server = await startRedis();
    const { port, dir } = server;
    const excess = await under(async () => {
      const admin = new Redis(port);
      await admin.save();
      await copyFile(join(dir, "dump.rdb"), join(dir, "old.rdb"));
      await sleep(600);
      admin.disconnect();
      await server.kill();
      await rename(join(dir, "old.rdb"), join(dir, "dump.rdb"));
      server = await startRedis({ port, dir });
    });
    expect(excess).toMatchObject({ over: 0 });
    expect(total(clients, "lost")).toBe(0);
  });

  test("empty, and a stranger calls first: it gets what is free, and the next renewal finds out and counts the overage", async () => {
    server = await startRedis();
    const { port, dir } = server;
    const losses: string[] = [];
    clients = clientsAt(port, 1, { ttlMs });
    const [holder] = clients as [Client];
    holder.limiter.on("stateLoss", ({ name: lost }) => losses.push(lost));
    for (let i = 0; i < limit; i++) expect((await holder.limiter.acquire(name, limit)).status).toBe("granted");
    await server.kill();
    server = await startRedis({ port, dir });
    const [stranger] = clientsAt(port, 1, { ttlMs }) as [Client];
    clients.push(stranger);
    const got = await Promise.all(Array.from({ length: limit + 2 }, () => stranger.limiter.acquire(name, limit)));
    // The residue, as the README states it: at most the lost number more, until the first renewal.
    expect(got.filter(({ status }) => status === "granted")).toHaveLength(limit);
    await sleep(ttlMs);
    expect(losses).toEqual([name]);
    expect(holder.metrics.counts.overage).toBe(limit);
    for (const one of got) if (one.status === "granted") await one.lease.release();
    expect(await stranger.limiter.acquire(name, limit)).toMatchObject({ status: "recovering" });
  });
});
