import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import type { RedisSettings, Settings } from "../../src/config/settings.js";
import { doctor, undo } from "../../src/doctor/command.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { doctorDocument } from "../../src/output/documents/doctor.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { member } from "../support/doctor-fixture.js";
import { documentResult } from "../support/document-result.js";
import { session } from "../support/keys-session.js";
import { findValkey, TOPOLOGIES, type Topology } from "../support/redis-topologies.js";

const valkey = await findValkey();
const names = Object.keys(TOPOLOGIES).filter((name) => valkey || name !== "a Valkey server");
const settingsOf = (env: Readonly<Record<string, string>>) => redisFrom({}, env, undefined) as RedisSettings;

/** Enough keys that every node of a Cluster holds some. */
const keys = Array.from({ length: 12 }, (_, at) => parallelKey(ownerOfSecret(`sk-${at}`), at % 2 ? "prod" : null));

describe.each(names)("doctor on %s", (name) => {
  let topology: Topology;
  let redis: RedisConnection;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), "llmctl-doctor-"));
    topology = await (TOPOLOGIES[name] as () => Promise<Topology>)();
    redis = await connectRedis(settingsOf(topology.writer ?? topology.env), { timeoutMs: 5000 });
    for (const [at, key] of keys.entries()) {
      if (at % 3 === 0) await redis.client.zadd(key, 1_790_000_000, member(1), 1_790_000_005, member(2));
      else await redis.client.set(key, "3");
    }
  }, 60_000);
  afterAll(async () => {
    await redis?.close();
    await topology?.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  const run = async (env: Readonly<Record<string, string>>, flags: object, settings: Partial<Settings> = {}) => {
    const { context } = session({ redis: settingsOf(env), stateDir, ...settings });
    const { document, exit } = await documentResult(doctor(context, { idle: true, allNamespaces: true, ...flags }));
    return { document: doctorDocument.parse(document), exit };
  };
  const dumps = () => Promise.all(keys.map(async (key) => (await redis.client.dumpBuffer(key))?.toString("base64")));

  test("finds, with the right to read alone, what it would repair", async () => {
    const { document } = await run(topology.env, {});
    expect(document.repairs.map(({ key, status }) => `${status} ${key}`).sort()).toEqual(
      keys.map((key) => `planned ${key}`).sort(),
    );
  });

  test("repairs on every node, and undo brings every byte back", async () => {
    const env = topology.writer ?? topology.env;
    const before = await dumps();
    const { document, exit } = await run(env, { fix: true }, { yes: true });
    expect(document.repairs.map(({ status }) => status)).toEqual(keys.map(() => "done"));
    expect(exit).toBe(0);
    expect(await dumps()).toEqual(keys.map(() => undefined));
    const { context } = session({ redis: settingsOf(env), stateDir, yes: true });
    expect(await undo(context, undefined)).toMatchObject({ exit: 0 });
    expect(await dumps()).toEqual(before);
  });
});
