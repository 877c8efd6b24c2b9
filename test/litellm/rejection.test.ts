import fc from "fast-check";
import { expect, test } from "vitest";
import { messageOf, parseRejection } from "../../src/litellm/rejection.js";
import { RELEASES, recorded } from "../support/recorded-replies.js";

const H = "a".repeat(64);
const limiter = (type: string, limit = 5, prefix = "") =>
  `${prefix}Rate limit exceeded for api_key: ${H}. Limit type: ${type}. Current limit: ${limit}, Remaining: 0. Limit resets at: 2026-11-23 02:19:25 UTC`;
const openai = (message: string) => JSON.stringify({ error: { message, type: "None", param: "None", code: "429" } });
const anthropic = (message: string) => JSON.stringify({ type: "error", error: { type: "rate_limit_error", message } });

/** What the names of recorded refusals begin with, and whose refusal that is. */
const SOURCES = {
  parallel: { source: "parallel-limit", limit: 1, scope: "api_key", limiter: "v3" },
  requests: { source: "rate-limit", limit: 1, scope: "api_key", limiter: "v3" },
  tokens: { source: "rate-limit", limit: 1, scope: "api_key", limiter: "v3" },
  "provider 429": { source: "provider", limit: null, scope: null, limiter: null },
  deployment: { source: "deployment-limit", limit: null },
};

for (const release of RELEASES) {
  test(`${release}: knows every recorded refusal for what it is, and nothing else for one`, () => {
    const seen = new Map<string, number>();
    for (const { name, response } of recorded("refusals", release)) {
      const told = parseRejection(response.status, response.headers, response.body);
      const why = name.split(",")[0] ?? "";
      if (response.status !== 429) expect(told, name).toBeUndefined();
      else {
        expect(told, name).toMatchObject(SOURCES[why as keyof typeof SOURCES]);
        seen.set(why, (seen.get(why) ?? 0) + 1);
      }
    }
    for (const why of ["parallel", "requests", "tokens"]) expect(seen.get(why), why).toBe(10);
    expect(seen.get("provider 429")).toBeGreaterThanOrEqual(9);
  });
}

test("reads the limiter's words in both shapes, behind both prefixes, with any limit", () => {
  for (const prefix of ["", "429: ", "litellm.RateLimitError: "]) {
    for (const shape of [openai, anthropic]) {
      for (const limit of [0, -1, 5, 123456]) {
        const told = parseRejection(429, {}, shape(limiter("max_parallel_requests", limit, prefix)));
        expect(told).toMatchObject({ source: "parallel-limit", limit, scope: "api_key", limiter: "v3" });
      }
      expect(parseRejection(429, {}, shape(limiter("requests", 5, prefix)))).toMatchObject({ source: "rate-limit" });
    }
  }
});

test("tells whose limit it is", () => {
  const text = limiter("max_parallel_requests").replace("api_key", "team_member");
  expect(parseRejection(429, {}, openai(text))).toMatchObject({ source: "parallel-limit", scope: "team_member" });
});

const minute = (rpm: string, parallel: string) =>
  `LiteLLM Rate Limit Handler for rate limit type = key. Crossed TPM / RPM / Max Parallel Request Limit. current rpm: ${rpm}, ` +
  `current tpm: 0, tpm limit: 9223372036854775807, current max_parallel_requests: ${parallel}`;

test("tells by the old limiter's numbers which of its limits was reached", () => {
  const none = "9223372036854775807";
  expect(parseRejection(429, {}, openai(minute(`5, rpm limit: ${none}`, "5, max_parallel_requests: 5")))).toMatchObject(
    {
      source: "parallel-limit",
      limit: 5,
      scope: "key",
      limiter: "minute",
    },
  );
  const rate = openai(minute("7, rpm limit: 7", `3, max_parallel_requests: ${none}`));
  expect(parseRejection(429, {}, rate)).toMatchObject({ source: "rate-limit", limit: 7, limiter: "minute" });
  const anthropicRoute = openai(
    `litellm.RateLimitError: ${minute(`5, rpm limit: ${none}`, "5, max_parallel_requests: 5")}`,
  );
  expect(parseRejection(429, {}, anthropicRoute)).toMatchObject({ source: "parallel-limit" });
});

test("knows the old limiter's words for a limit of zero and for the global limit", () => {
  const zero = (limits: string) =>
    `Max parallel request limit reached Crossed TPM / RPM / Max Parallel Request Limit. Hit limit for key. Current limits: ${limits}`;
  expect(parseRejection(429, {}, openai(zero("max_parallel_requests: 0, tpm_limit: 5, rpm_limit: 5")))).toMatchObject({
    source: "parallel-limit",
    limit: 0,
    scope: "key",
  });
  expect(parseRejection(429, {}, openai(zero("max_parallel_requests: 5, tpm_limit: 0, rpm_limit: 5")))).toMatchObject({
    source: "rate-limit",
  });
  const global = openai("Max parallel request limit reached Hit Global Limit: Limit=9, current: 9");
  expect(parseRejection(429, {}, global)).toMatchObject({ source: "parallel-limit", limit: 9, scope: "global" });
});

test("takes the header's word when the text is new", () => {
  const told = parseRejection(429, { rate_limit_type: "max_parallel_requests" }, openai("Slow down, REDACTED"));
  expect(told).toMatchObject({ source: "parallel-limit", limit: null, limiter: "v3" });
  expect(parseRejection(429, { rate_limit_type: "tokens" }, "")).toMatchObject({ source: "rate-limit" });
});

test("knows the deployment's limit, which is never in Redis", () => {
  const text =
    "litellm.RateLimitError: Deployment has all max_parallel_requests slots in use. Deployment model_group=gpt";
  expect(parseRejection(429, {}, openai(text))).toMatchObject({ source: "deployment-limit" });
});

test("knows a refusal of the fail-closed mode, and no other 503", () => {
  const text = "Rate limit enforcement unavailable: request counters could not be verified against Redis, and …";
  const bodies = [
    JSON.stringify({ detail: { error: text } }),
    openai(text),
    openai(`{'error': '${text}'}`),
    anthropic(text),
  ];
  for (const body of bodies) expect(parseRejection(503, {}, body), body).toMatchObject({ source: "redis-away" });
  for (const body of [
    "",
    "<h1>503</h1>",
    openai("OpenAIException - rate limit of redis"),
    openai("no_db_connection"),
  ]) {
    expect(parseRejection(503, {}, body), body).toBeUndefined();
  }
});

test("is silent about every other status", () => {
  for (const status of [200, 400, 401, 402, 500, 502, 529]) {
    expect(parseRejection(status, {}, openai(limiter("max_parallel_requests")))).toBeUndefined();
  }
});

const ways = fc.constantFrom(
  (text: string) =>
    openai(`litellm.RateLimitError: RateLimitError: OpenAIException - ${text}. Received Model Group=gpt`),
  (text: string) =>
    openai(`litellm.RateLimitError: AnthropicException - ${anthropic(text)}. Received Model Group=claude`),
  (text: string) => openai(`${anthropic(text)}. Received Model Group=claude\nAvailable Model Group Fallbacks=None`),
  (text: string) =>
    anthropic(`litellm.RateLimitError: AnthropicException - ${text}\n\nLiteLLM: model group 'claude' failed`),
  (text: string) => anthropic(`litellm.RateLimitError: RateLimitError: OpenAIException - ${openai(text)}`),
  (text: string) => `data: ${openai(`litellm.RateLimitError: RateLimitError: OpenAIException - ${text}`)}\n\n`,
);

test("never takes a provider's refusal for the key's limit, not even when the provider is a LiteLLM too", () => {
  const words = fc.oneof(
    fc.string(),
    fc.constant(limiter("max_parallel_requests")),
    fc.constant(limiter("max_parallel_requests", 5, "litellm.RateLimitError: ")),
    fc.constant(minute("1, rpm limit: 9", "5, max_parallel_requests: 5")),
    fc.constant("Deployment has all max_parallel_requests slots in use"),
    fc.constant("Max parallel request limit reached Hit Global Limit: Limit=9, current: 9"),
  );
  const headers = fc.constantFrom<Record<string, string>>({}, { rate_limit_type: "max_parallel_requests" });
  fc.assert(
    fc.property(ways, words, headers, (wrap, text, head) => {
      expect(parseRejection(429, head, wrap(text))?.source).toBe("provider");
    }),
  );
});

test("never throws, whatever the body is, and always says who refused a 429", () => {
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.jsonValue().map((error) => JSON.stringify({ error })),
  );
  fc.assert(
    fc.property(body, fc.constantFrom(429, 503), (text, status) => {
      const told = parseRejection(status, {}, text);
      if (status === 429) expect(typeof told?.message).toBe("string");
      expect(typeof messageOf(text)).toBe("string");
    }),
    { numRuns: 300 },
  );
});

test("reads a body as deep as a hostile one", () => {
  const deep = `${'{"error":'.repeat(100_000)}1${"}".repeat(100_000)}`;
  expect(parseRejection(429, {}, deep)).toMatchObject({ source: "provider" });
});

test("reads a long body in no time", () => {
  const long = `Rate limit exceeded for api_key: ${"Limit type: ".repeat(100_000)}`;
  const before = performance.now();
  expect(parseRejection(429, {}, openai(long))).toMatchObject({ source: "provider" });
  expect(performance.now() - before).toBeLessThan(1000);
});

test("finds the words for people in every shape of an error", () => {
  expect(messageOf('{"error":{"message":"a"}}')).toBe("a");
  expect(messageOf('{"error":"b"}')).toBe("b");
  expect(messageOf('{"message":"c"}')).toBe("c");
  expect(messageOf('{"detail":"d"}')).toBe("d");
  expect(messageOf('{"detail":{"error":"e"}}')).toBe("e");
  expect(messageOf('{"error":{"message":{"error":"f"}}}')).toBe("f");
  expect(messageOf('{"detail":[{"loc":["body","rpm_limit"],"msg":"no integer"},{"msg":"odd"}]}')).toBe(
    "rpm_limit: no integer; odd",
  );
  for (const text of [
    '{"error":{"code":7}}',
    '{"detail":[1]}',
    "",
    "null",
    "[1]",
    "Internal Server Error",
    "<html>",
    '"text"',
  ])
    expect(messageOf(text)).toBe(text);
});
