import { Redis } from "ioredis";
import { afterEach } from "vitest";
import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { Connection } from "./lab-connection.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export interface Scene {
  readonly lab: RunningLab;
  readonly redis: Redis;
  /** The counter of the ready-made key. */
  readonly name: string;
  /** A new connection: the next worker. */
  connect(key?: string): Connection;
}

/** A lab and a look into its Redis, both gone after the test. */
export async function scene(options: LabOptions): Promise<Scene> {
  const lab = await startLab(options);
  ends.push(() => lab.stop());
  const redis = new Redis(lab.redisUrl);
  ends.push(() => redis.disconnect());
  return {
    lab,
    redis,
    name: parallelKey(ownerOfSecret(lab.key), options.namespace),
    connect(key) {
      const connection = new Connection(lab, key);
      ends.push(() => connection.close());
      return connection;
    },
  };
}
