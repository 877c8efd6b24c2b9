import { afterEach, describe, expect, it } from "vitest";
import { parseRejection } from "../../src/litellm/rejection.js";
import { readRejection } from "../../src/llm/rejection.js";
import { doubtIds, HEALTHY, refused, short, verdictOf } from "../support/events.js";
import { type Gateway, json, startGateway } from "../support/gateway-stub.js";
import { KEY, saying, startPlain } from "../support/plain-server.js";
import { runProbe } from "../support/probe-session.js";

const read = (status: number, body: string, headers: Record<string, string> = {}) =>
  readRejection(status, headers, body, parseRejection(status, headers, body));
const says = (message: string) => JSON.stringify({ error: { message } });

describe("a refusal of a server that is no LiteLLM", () => {
  it.each([
    ["Too many concurrent requests", "parallel-limit"],
    ["Number of concurrent connections has exceeded your rate limit", "parallel-limit"],
    ["This key has 3 parallel requests already", "parallel-limit"],
    ["Too many requests in flight", "parallel-limit"],
    ["too many connections", "parallel-limit"],
    ["Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000", "rate-limit"],
    ["This request would exceed the rate limit for your organization of 50 requests per minute", "rate-limit"],
    ["You exceeded your current quota, please check your plan and billing details", "rate-limit"],
    ["Limit of 60 requests/min reached", "rate-limit"],
    ["Too Many Requests", "unnamed"],
    ["Limit of 60 requests per minute and 3 concurrent requests", "unnamed"],
    ["The server is overloaded, try again", "unnamed"],
  ])("that says %s is read as %s", (message, source) => {
    for (const status of [429, 503]) expect(read(status, says(message))).toMatchObject({ source, message });
  });

  it.each([
    [{ "x-ratelimit-remaining-requests": "0" }, "rate-limit"],
    [{ "x-ratelimit-remaining-tokens": "0" }, "rate-limit"],
    [{ "anthropic-ratelimit-input-tokens-remaining": "0" }, "rate-limit"],
    [{ "ratelimit-remaining": "0" }, "rate-limit"],
    [{ ratelimit: "limit=10, remaining=0, reset=5" }, "rate-limit"],
    [{ ratelimit: '"default";r=0;t=5' }, "rate-limit"],
    [{ "x-ratelimit-remaining-requests": "10", "x-ratelimit-remaining-tokens": "900" }, "unnamed"],
    [{ "x-ratelimit-remaining-concurrent": "0" }, "unnamed"],
    [{ "retry-after": "1" }, "unnamed"],
  ])("with %j is read as %s", (headers, source) => {
    expect(read(429, says("slow down"), headers)?.source).toBe(source);
  });

  it("on a page is known by the page's title", () => {
    const html = "<html>\r\n<head><title>503 Service\r\n Temporarily Unavailable</title></head></html>";
    expect(read(503, html, { "content-type": "text/html" })).toMatchObject({
      source: "unnamed",
      message: "503 Service Temporarily Unavailable",
    });
  });

  it("is none with another status", () => {
    for (const status of [200, 400, 401, 403, 500, 502, 504, 529]) expect(read(status, says("no"))).toBeUndefined();
  });

  it("is LiteLLM's all the same when it carries LiteLLM's words or headers", () => {
    const own = "Rate limit exceeded for api_key: x. Limit type: max_parallel_requests. Current limit: 2, Remaining: 0";
    expect(read(429, says(own))).toMatchObject({ source: "parallel-limit", limit: 2, limiter: "v3" });
    expect(read(429, says("litellm.RateLimitError: OpenAIException - Too many concurrent requests"))?.source).toBe(
      "provider",
    );
    expect(read(429, says("Too many requests"), { "x-litellm-call-id": "1" })?.source).toBe("provider");
    expect(read(503, says("busy"), { "x-litellm-call-id": "1" })).toBeUndefined();
  });
});

describe("behind LiteLLM", () => {
  let gateway: Gateway | undefined;
  afterEach(() => gateway?.stop());

  /** A LiteLLM whose provider refuses all but the first call; `hides`: nothing but the header of an answer shows what it is. */
  async function probe(hides: boolean, status: number, message: string) {
    let calls = 0;
    gateway = await startGateway((response, { path }) => {
      if (path === "/health/readiness" && !hides) return json(response, 200, { status: "healthy", db: "connected" });
      if (!path.startsWith("/v1/chat")) return json(response, 404, { detail: "Not Found" });
      return calls++ === 0
        ? json(response, 200, { id: "1" }, { "x-litellm-version": "1.95.0" })
        : saying(status, message)(response);
    });
    return runProbe("chat", { baseUrl: gateway.url, key: KEY, flags: { model: "m", limit: "2" } });
  }

  it.each([
    [false, 429, "Too many concurrent requests"],
    [true, 429, "Too many concurrent requests"],
    [true, 429, "Too many requests"],
  ])("(hidden: %j) a provider's %i is never the key's limit: %s", async (hides, status, message) => {
    const { document } = await probe(hides, status, message);
    expect(document && short(document.verdict)).toBe("inconclusive");
    expect(document && doubtIds(document.verdict)).toContain("provider-refusal");
    expect(document && doubtIds(document.verdict)).not.toContain("unnamed-refusal");
    expect(document?.target.litellm).toBe(true);
  });

  it("a refusal that came before the first answer showed LiteLLM is the provider's too", () => {
    const rejection = { source: "unnamed" as const, limit: null, scope: null, limiter: null, message: "no" };
    const early = refused(9, 3500, 3520, { phase: "burst", version: null, rejection });
    const hidden = HEALTHY.map((one) => ({ ...one, version: null }));
    expect(doubtIds(verdictOf([...hidden, early], { litellm: false }))).toContain("unnamed-refusal");
    expect(doubtIds(verdictOf([...HEALTHY, early], { litellm: false }))).toEqual(["provider-refusal"]);
  });

  it("a provider's 503 is a failure", async () => {
    const { document } = await probe(false, 503, "busy");
    expect(document?.requests).toMatchObject({ rejected: 0 });
    expect(document && doubtIds(document.verdict)).toContain("calls-failed");
  });
});

it("the key that a server repeats in its refusal is written nowhere", async () => {
  const secret = "a-key-of-another-form-0123456789";
  const server = await startPlain({ limit: 1, refuse: saying(429, `Too many concurrent requests of ${secret}`) });
  const result = await runProbe("chat", { baseUrl: server.url, key: secret, flags: { model: "m", limit: "1" } });
  await server.stop();
  expect(result.document?.requests.rejected).toBe(1);
  expect([result.files, result.said, result.shown, JSON.stringify(result.document)].join()).not.toContain(secret);
});
