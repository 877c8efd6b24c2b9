import fc from "fast-check";
import { expect, test } from "vitest";
import { describeRedis, parseRedisUrl } from "../../src/config/redis-url.js";
import { LlmctlError } from "../../src/errors.js";

const parse = (text: string) => parseRedisUrl(text, "--redis-url");

function refusal(text: string): LlmctlError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof LlmctlError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

test.each([
  ["redis://h", { host: "h", port: 6379, db: 0, tls: false }],
  ["redis://h:7000/3", { host: "h", port: 7000, db: 3, tls: false }],
  ["rediss://h:6380", { host: "h", port: 6380, tls: true }],
  ["redis://", { host: "127.0.0.1", port: 6379 }],
  ["redis://:pass@h", { host: "h", password: "pass" }],
  ["redis://user:p%40ss%2Fw%23@h", { username: "user", password: "p@ss/w#" }],
  ["redis://user@h", { username: "user" }],
  ["redis://[::1]:6379/1", { host: "::1", port: 6379, db: 1 }],
  ["redis://h?db=4", { host: "h", db: 4 }],
  ["unix:///run/redis.sock?db=2", { path: "/run/redis.sock", db: 2, tls: false }],
  ["unix://user:pass@/run/redis%20one.sock", { path: "/run/redis one.sock", username: "user", password: "pass" }],
  ["unix:///run/redis.sock?password=p%40ss", { path: "/run/redis.sock", password: "p@ss" }],
  ["rediss://h?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none", { tls: true, trust: { caFile: "/ca.pem", verify: false } }],
])("reads %s", (text, settings) => {
  expect(parse(text)).toMatchObject({ kind: "standalone", ...settings });
});

test.each([
  ["h:6379", "bad-redis-url"],
  ["", "bad-redis-url"],
  ["http://h:6379", "bad-redis-url"],
  ["redis://h:99999", "bad-redis-url"],
  ["redis://h/one", "bad-redis-db"],
  ["redis://h/-1", "bad-redis-db"],
  ["redis://h/999999", "bad-redis-db"],
  ["unix:///s?db=x", "bad-redis-db"],
  ["redis://h?ssl_cert_reqs=maybe", "bad-redis-tls"],
])("refuses %s", (text, code) => {
  expect(refusal(text)).toMatchObject({ exit: 2, code });
});

test("repeats no piece of a password that was not encoded", () => {
  for (const text of [
    "redis://user:12#planted@h",
    "redis://user:12?planted@h:1",
    "redis://user:12/planted@h",
    "redis://:pla%nted@h",
    "redis://:planted /x@h",
  ]) {
    const { exit, message, hint, cause } = refusal(text);
    expect([exit, JSON.stringify(cause ?? "")], text).toEqual([2, expect.not.stringContaining("planted")]);
    expect(`${message} ${hint}`, text).not.toMatch(/planted|pla%|12/);
  }
});

test("takes any password that is encoded, and shows none", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: "grapheme" }),
      fc.string({ minLength: 1, unit: "grapheme" }),
      (username, password) => {
        const settings = parse(`redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@h:7000/3`);
        expect(settings).toMatchObject({ username, password, host: "h" });
        expect(describeRedis(settings)).toBe("redis://h:7000/3");
      },
    ),
  );
});

test("describes every topology without credentials", () => {
  const login = { db: 0, tls: false, username: "u", password: "planted" };
  const nodes = [
    { host: "a", port: 1 },
    { host: "::1", port: 2 },
  ];
  expect(describeRedis({ kind: "cluster", nodes, ...login, tls: true })).toBe("rediss+cluster://a:1,[::1]:2");
  expect(describeRedis({ kind: "sentinel", sentinels: nodes, service: "main", ...login })).toBe(
    "redis+sentinel://a:1,[::1]:2/main/0",
  );
  expect(describeRedis(parse("unix:///run/r.sock?db=2"))).toBe("unix:///run/r.sock?db=2");
  expect(describeRedis(parse("redis://[::1]:7"))).toBe("redis://[::1]:7/0");
});
