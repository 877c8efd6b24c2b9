import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { type Client, clientsAt, closeAll, rising, total } from "./clients.js";
import { type Crowd, crowd } from "./many-clients.js";
import { sweep } from "./overlap-check.js";

const limit = 4;
const ttlMs = 1_500;

describe("what an administrator, or a full memory, does to Redis under load", () => {
  let server: PrivateRedis;
  let admin: Redis;
  let clients: Client[];
  let load: Crowd;
  let names = 0;
  let name = "";
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    name = `admin-${++names}`;
    clients = clientsAt(server.port, 3, { ttlMs, refusalCacheMs: 0 });
    // One caller holds long enough to be renewed, and leaves slots for the others.
    const holdMs = (who: string) => (who === "0.0" ? 2_500 : Math.random() * 40);
    load = crowd(
      clients.map(({ limiter }) => limiter),
      { name, limit, callers: 3, holdMs },
    );
    await sleep(500);
  });
  afterEach(() => closeAll(clients));

  /** Nobody was one too many, numbers rose, and work goes on. */
  const allWell = async (pause = 300) => {
    await sleep(pause);
    const before = load.held.length;
    await sleep(1_000);
    await load.stop();
    expect(load.held.length - before).toBeGreaterThan(5);
    expect(sweep(load.held, limit)).toMatchObject({ over: 0 });
    expect(rising(load.numbers)).toBe(true);
  };

  test("SCRIPT FLUSH: nobody notices", async () => {
    for (let i = 0; i < 5; i++) {
      await admin.script("FLUSH");
      await sleep(50);
    }
    await allWell();
    expect(load.answers.unavailable).toBeUndefined();
    expect(total(clients, "reloads")).toBeGreaterThan(0);
  });

  test("CLIENT KILL: calls on their way end unknown or unavailable, the rest goes on", async () => {
    for (let i = 0; i < 5; i++) {
      await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await sleep(100);
    }
    await allWell();
  });

  test("out of memory: a few bytes for each slot are still had, no lease ends, nothing is half done", async () => {
    const kept = await (clients[0] as Client).limiter.acquire(`${name} kept`, 1);
    await admin.config("SET", "maxmemory", "1");
    await expect(admin.set("other", "x")).rejects.toThrow("OOM");
    await allWell(3_000);
    await admin.config("SET", "maxmemory", "0");
    expect(load.answers.unavailable).toBeUndefined();
    expect(total(clients, "losses") + total(clients, "lost")).toBe(0);
    expect(kept.status === "granted" && kept.lease.held()).toBe(true);
    expect(total(clients, "renewals")).toBeGreaterThan(0);
  });

  test("READONLY: a server that became a replica is unavailable until it is a primary again", async () => {
    await admin.replicaof("127.0.0.1", "1");
    await sleep(400);
    expect(load.answers.unavailable).toBeGreaterThan(0);
    await admin.replicaof("NO", "ONE");
    await allWell(1_500);
  });

  test("a password that changes: unavailable, with the server's own words, and back when it is undone", async () => {
    await admin.call("ACL", "SETUSER", "default", "resetpass", ">other");
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await sleep(700);
    const denied = await (clients[0] as Client).limiter.acquire("other name", 1);
    expect(denied).toMatchObject({ status: "unavailable" });
    await admin.call("ACL", "SETUSER", "default", "nopass");
    await allWell(2_500);
  });

  test("DEL of the set: found by the next call, closed for one ttl, every holder stays", async () => {
    await admin.del(`llmctl:{${name}}:leases`);
    await allWell(ttlMs + 300);
    expect(total(clients, "losses")).toBeGreaterThan(0);
    expect(total(clients, "lost")).toBe(0);
  });

  test("FLUSHALL and eviction of meta: the same", async () => {
    await admin.del(`llmctl:{${name}}:meta`);
    await sleep(ttlMs + 300);
    await admin.flushall();
    await allWell(ttlMs + 300);
    expect(total(clients, "losses")).toBeGreaterThanOrEqual(2);
    expect(total(clients, "lost")).toBe(0);
  });
});

test("says at the start what in the server's settings weakens the promise", async () => {
  const server = await startRedis({ args: ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"] });
  const replica = await startRedis({ args: ["--replicaof", "127.0.0.1", `${server.port}`] });
  const admin = new Redis(server.url);
  while (!(await admin.info("replication")).includes("state=online")) await sleep(50);
  const [client] = clientsAt(server.port, 1) as [Client];
  const warnings: string[] = [];
  client.limiter.on("warning", (message) => warnings.push(message));
  await client.limiter.acquire("k", 1);
  await sleep(200);
  expect(warnings.join(" ")).toMatch(/allkeys-lru.*min-replicas-to-write/);
  await client.close();
  admin.disconnect();
  await Promise.all([server.stop(), replica.stop()]);
});
