import { expect, it } from "vitest";
import { hideAddresses, hostReplacements, redactHosts, redactHostsIn } from "../../src/output/redact-hosts.js";

it.each([
  ["see https://internal.corp/a?b=c#d.", "see https://…."],
  ["(postgresql://user:word@db:5432/litellm), then", "(postgresql://…), then"],
  ["'redis://cache' and \"amqp://[fe80::1]:5672/v\"", "'redis://…' and \"amqp://…\""],
  ["connect ECONNREFUSED 10.1.2.3:4000", "connect ECONNREFUSED an-address"],
  ["('172.16.0.9', 8080)", "('an-address', 8080)"],
  ["connect ECONNREFUSED ::1:4000", "connect ECONNREFUSED an-address"],
  ["at [2001:db8::7]:443 now", "at an-address now"],
])("hides the addresses in %s", (text, hidden) => {
  expect(hideAddresses(text, () => false)).toBe(hidden);
});

it.each([
  "LiteLLM 1.79.1 at 2026-11-23T09:00:00.000Z, 12:30:15",
  "{api_key:0f3a:1b}:max_parallel_requests in std::deque, v1.80.0.post1",
  "config.yaml:12: a::b",
])("leaves %s as it is", (text) => {
  expect(hideAddresses(text, () => false)).toBe(text);
});

it("leaves URLs of hosts that may be told", () => {
  const text = "https://github.com/a/b/issues/1 and https://github.com.corp/x";
  expect(hideAddresses(text, (host) => host === "github.com")).toBe("https://github.com/a/b/issues/1 and https://…");
});

const known = hostReplacements({
  "the-proxy": ["https://gateway.internal:4000/v1", "http://litellm", undefined],
  "the-redis": ["redis+cluster://10.0.0.7:6379,[fe80::1]:6380", "unix:///run/redis.sock?db=0", null],
  "the-proxys-redis": ["cache.internal:6379"],
});

it.each([
  ["connect ECONNREFUSED gateway.internal:4000", "connect ECONNREFUSED the-proxy"],
  ["https://gateway.internal/v1 and http://GATEWAY.internal:4000/x", "https://the-proxy/v1 and http://the-proxy/x"],
  ["redis://10.0.0.7:6379/0, redis://[fe80::1]:6380", "redis://the-redis/0, redis://the-redis-2"],
  ["http://litellm/v1 of LiteLLM 1.79.1", "http://the-proxy-2/v1 of LiteLLM 1.79.1"],
  ["away: cache.internal:6379 or cache.internal.", "away: the-proxys-redis or the-proxys-redis."],
  ["my-gateway.internal:4000", "an-address"],
  [
    "http://other.corp:80/x by db.corp:5432 (router.py:120, config.yaml:12)",
    "http://… by an-address (router.py:120, config.yaml:12)",
  ],
  ["http://the-others.corp/x", "http://…"],
  ["https://github.com/BerriAI/litellm/issues/1", "https://github.com/BerriAI/litellm/issues/1"],
  [`key ${"ab".repeat(32)}`, "key abababababab…"],
])("gives known hosts their names, and hides the rest: %s", (text, redacted) => {
  expect(redactHosts(text, known)).toBe(redacted);
});

it("redacts every text of a value, and no name of a field", () => {
  const value = { "gateway.internal:4000": ["gateway.internal:4000", 3, null, { at: "10.0.0.7" }] };
  expect(redactHostsIn(value, known)).toEqual({ "gateway.internal:4000": ["the-proxy", 3, null, { at: "the-redis" }] });
});
