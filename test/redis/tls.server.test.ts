import { afterAll, beforeAll, expect, test } from "vitest";
import { redisFrom } from "../../src/config/redis.js";
import type { RedisSettings } from "../../src/config/settings.js";
import { connectRedis } from "../../src/redis/connect.js";
import { startTlsRedis, type TlsRedis } from "../support/redis-servers/tls.js";

let tls: TlsRedis;
beforeAll(async () => {
  tls = await startTlsRedis();
});
afterAll(() => tls?.stop());

const ours = () => ({
  REDIS_SSL_CA_CERTS: tls.certificates.ca,
  REDIS_SSL_CERTFILE: tls.certificates.client.cert,
  REDIS_SSL_KEYFILE: tls.certificates.client.key,
});

async function connect(env: Record<string, string>, flags = {}, query = "") {
  const at = { REDIS_URL: `rediss://127.0.0.1:${tls.port}${query}`, ...env };
  const redis = await connectRedis(redisFrom(flags, at, undefined) as RedisSettings, { timeoutMs: 1500 });
  const answer = await redis.client.ping();
  await redis.close();
  return answer;
}

test("takes the certificates from flags, and they win over the environment", async () => {
  const { ca, client } = tls.certificates;
  const flags = { redisCa: ca, redisCert: client.cert, redisKey: client.key };
  expect(await connect({ ...ours(), REDIS_SSL_CA_CERTS: "/no/such/file" }, flags)).toBe("PONG");
});

test("takes them from the URL, as redis-py writes them", async () => {
  const { ca, client } = tls.certificates;
  const query = `?ssl_ca_certs=${ca}&ssl_certfile=${client.cert}&ssl_keyfile=${client.key}`;
  expect(await connect({}, {}, query)).toBe("PONG");
});

test("does not look at the server's certificate when told not to", async () => {
  const { REDIS_SSL_CA_CERTS: _, ...withoutCa } = ours();
  expect(await connect({ ...withoutCa, REDIS_SSL_CERT_REQS: "none" })).toBe("PONG");
});

test.each([
  ["an authority that is not known", () => ({ REDIS_SSL_CA_CERTS: "" }), "redis-tls-server", 5, "--redis-ca"],
  [
    "no certificate of ours",
    () => ({ REDIS_SSL_CERTFILE: "", REDIS_SSL_KEYFILE: "" }),
    "redis-tls-client",
    4,
    "--redis-cert",
  ],
  ["another's key", () => ({ REDIS_SSL_KEYFILE: tls.certificates.server.key }), "redis-tls-files", 2, "--redis-key"],
  ["a file that is no PEM", () => ({ REDIS_SSL_CERTFILE: "package.json" }), "redis-tls-files", 2, "--redis-cert"],
  ["a file that is not there", () => ({ REDIS_SSL_CA_CERTS: "/no/such/file" }), "unreadable-file", 2, "--redis-ca"],
  [
    "a server without TLS",
    () => ({ REDIS_URL: `rediss://127.0.0.1:${tls.plainPort}` }),
    "redis-unreachable",
    5,
    "without TLS it is redis://",
  ],
  [
    "TLS asked of nobody",
    () => ({ REDIS_URL: `redis://127.0.0.1:${tls.port}` }),
    "redis-unreachable",
    5,
    "with TLS it is rediss://",
  ],
])("says what is wrong with %s", async (_what, env, code, exit, hint) => {
  await expect(connect({ ...ours(), ...env() } as Record<string, string>)).rejects.toMatchObject({
    code,
    exit,
    hint: expect.stringContaining(hint),
  });
});

test("refuses certificates for a Redis that is named without TLS", () => {
  const env = { REDIS_URL: `redis://127.0.0.1:${tls.plainPort}` };
  expect(() => redisFrom({ redisCa: tls.certificates.ca }, env, undefined)).toThrow(/without TLS/);
});
