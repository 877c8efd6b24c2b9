import { Redis } from "ioredis";
import { afterAll, beforeAll, describe } from "vitest";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { findValkey } from "../support/redis-topologies.js";
import { everywhere } from "./suite.js";

const program = await findValkey();

if (program) {
  describe("Valkey", () => {
    let server: PrivateRedis;
    const before = process.env.LLMCTL_REDIS_SERVER;
    beforeAll(async () => {
      process.env.LLMCTL_REDIS_SERVER = program;
      server = await startRedis();
    });
    afterAll(async () => {
      if (before === undefined) delete process.env.LLMCTL_REDIS_SERVER;
      else process.env.LLMCTL_REDIS_SERVER = before;
      await server.stop();
    });
    everywhere(() => new Redis(server.url));
  });
} else {
  // Outside the counts: what did not run is neither passed nor skipped.
  console.log("limiter on Valkey: not run (no valkey-server found; name one in LLMCTL_VALKEY_SERVER)");
}

describe("standalone Redis", () => {
  let server: PrivateRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  everywhere(() => new Redis(server.url));
});
