import { Redis } from "ioredis";
import { findRedisServer, startRedis } from "../../src/lab/redis.js";
import { READ_RIGHTS } from "../../src/redis/acl.js";
import { startCluster } from "./redis-servers/cluster.js";
import { startSentinel } from "./redis-servers/sentinel.js";
import { startTlsRedis } from "./redis-servers/tls.js";

/** A running topology, as the environment of a user would name it. */
export interface Topology {
  readonly env: Readonly<Record<string, string>>;
  /** The same with the right to write, where `env` has not. */
  readonly writer?: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const DATA = "data-server-password";
const SENTINEL = "sentinel-own-password";

const VALKEY = process.env.LLMCTL_VALKEY_SERVER ?? "valkey-server";

/** A Valkey server of this machine; undefined where there is none. */
export const findValkey = () => findRedisServer({ ...process.env, LLMCTL_REDIS_SERVER: VALKEY });

/** Every way in which a Redis can be reached. */
export const TOPOLOGIES: Readonly<Record<string, () => Promise<Topology>>> = {
  async "a single server"() {
    const server = await startRedis({ args: ["--requirepass", DATA] });
    return { env: { REDIS_HOST: "127.0.0.1", REDIS_PORT: `${server.port}`, REDIS_PASSWORD: DATA }, stop: server.stop };
  },
  async "database 3 of a server"() {
    const server = await startRedis();
    return { env: { REDIS_URL: `${server.url}/3` }, stop: server.stop };
  },
  async "a unix socket"() {
    const dir = await startRedis();
    const socket = `${dir.dir}/other.sock`;
    const server = await startRedis({ args: ["--unixsocket", socket] });
    return {
      env: { REDIS_URL: `unix://${socket}` },
      stop: async () => void (await Promise.all([server.stop(), dir.stop()])),
    };
  },
  async "TLS with a client certificate"() {
    const { port, certificates, stop } = await startTlsRedis();
    const { ca, client } = certificates;
    const files = { REDIS_SSL_CA_CERTS: ca, REDIS_SSL_CERTFILE: client.cert, REDIS_SSL_KEYFILE: client.key };
    return { env: { REDIS_HOST: "localhost", REDIS_PORT: `${port}`, REDIS_SSL: "True", ...files }, stop };
  },
  async "a user with only the rights to read"() {
    const server = await startRedis();
    const admin = new Redis(server.url);
    await admin.call("ACL", "SETUSER", "reader", "on", `>${DATA}`, ...READ_RIGHTS);
    admin.disconnect();
    const env = { REDIS_URL: server.url.replace("//", `//reader:${DATA}@`) };
    return { env, writer: { REDIS_URL: server.url }, stop: server.stop };
  },
  async "a primary named by Sentinel"() {
    const { sentinelPort, stop } = await startSentinel({ sentinel: SENTINEL, data: DATA });
    const nodes = JSON.stringify([["127.0.0.1", sentinelPort]]);
    const names = { REDIS_SENTINEL_NODES: nodes, REDIS_SERVICE_NAME: "limits" };
    return { env: { ...names, REDIS_SENTINEL_PASSWORD: SENTINEL, REDIS_PASSWORD: DATA }, stop };
  },
  async "a Cluster"() {
    const { members, stop } = await startCluster();
    const nodes = [{ host: "127.0.0.1", port: members[1]?.server.port }];
    return { env: { REDIS_CLUSTER_NODES: JSON.stringify(nodes) }, stop };
  },
  async "a Cluster named by the URL of one node"() {
    const { members, stop } = await startCluster();
    return { env: { REDIS_URL: members[0]?.server.url as string }, stop };
  },
  async "a Valkey server"() {
    const before = process.env.LLMCTL_REDIS_SERVER;
    process.env.LLMCTL_REDIS_SERVER = VALKEY;
    try {
      const server = await startRedis();
      return { env: { REDIS_URL: server.url }, stop: server.stop };
    } finally {
      if (before === undefined) delete process.env.LLMCTL_REDIS_SERVER;
      else process.env.LLMCTL_REDIS_SERVER = before;
    }
  },
};
