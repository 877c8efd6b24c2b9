import { expect, it } from "vitest";
import { hideAddresses } from "../../src/output/redact-hosts.js";

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
