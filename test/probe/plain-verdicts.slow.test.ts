import { afterEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import type { ProbeFlags } from "../../src/probe/options.js";
import { doubtIds, short } from "../support/events.js";
import { KEY, type Plain, type PlainOptions, page, saying, startPlain } from "../support/plain-server.js";
import { type Probed, runProbe } from "../support/probe-session.js";

let server: Plain | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function probe(options: PlainOptions, flags: Partial<ProbeFlags> = {}, endpoint = "chat"): Promise<Probed> {
  server = await startPlain(options);
  return runProbe(endpoint, { baseUrl: server.url, key: KEY, flags: { model: "m", limit: "3", ...flags } });
}
const verdictOf = ({ document }: Probed) => (document ? short(document.verdict) : "none");
const doubtsOf = ({ document }: Probed) => (document ? doubtIds(document.verdict) : []);

const WORDS = saying(429, "Too many concurrent requests");
const PAGE = page(503, "503 Service Temporarily Unavailable");

describe("a server that is no LiteLLM", () => {
  it.each([
    ["whose limit is exact and names itself", "healthy", { limit: 3, refuse: WORDS }, {}],
    ["whose limit is exact and says 429 only", "healthy", { limit: 3 }, {}],
    ["whose limit is exact and says 503", "healthy", { limit: 3, refuse: saying(503, "busy") }, {}],
    ["whose limit is exact and says 503 on a page", "healthy", { limit: 3, refuse: PAGE }, { stream: true }],
    ["whose limit is exact, called thrice over", "healthy", { limit: 3, refuse: PAGE }, { rounds: "3" }],
    ["that loses every slot and names its limit", "finding leak", { limit: 3, leakEvery: 1, refuse: WORDS }, {}],
    ["that loses every second slot", "finding leak", { limit: 3, leakEvery: 2, refuse: WORDS }, {}],
    ["that lets everybody in", "finding over-admission", { pieces: 25 }, { stream: true }],
    ["that lets two more in", "finding over-admission", { limit: 5, pieces: 25 }, { stream: true, c: "6" }],
    [
      "that refuses at whim",
      "finding false-rejection",
      { wrongEvery: 3, limit: 3, refuse: WORDS },
      { exclusive: true },
    ],
  ] as const)("%s is judged %s", async (_, verdict, options, flags) => {
    const result = await probe(options, flags);
    expect(verdictOf(result)).toBe(verdict);
    expect(result.exit).toBe(verdict === "healthy" ? EXIT.done : EXIT.finding);
    expect(doubtsOf(result)).toContain("not-litellm");
    expect(result.document?.target).toMatchObject({ version: null, litellm: false });
  });

  it.each(["messages", "responses", "completions"])("is judged on %s as on chat", async (endpoint) => {
    const result = await probe({ limit: 3, refuse: PAGE }, { stream: true }, endpoint);
    expect(verdictOf(result)).toBe("healthy");
    expect(result.document?.requests).toMatchObject({ sent: 8, ok: 7, rejected: 1 });
    expect(server?.most()).toBe(3);
  });

  it("says what a refusal was that names no limit, and when it came", async () => {
    const { document, said } = await probe({ limit: 3, refuse: PAGE });
    const doubt = document?.verdict.doubts.find(({ id }) => id === "unnamed-refusal");
    expect(doubt?.text).toContain("(503 Service Temporarily Unavailable)");
    expect(doubt?.text).toContain("only with 3 calls in flight");
    expect(doubt?.explains).toBe(false);
    expect(said).toContain("this is no LiteLLM: the limit is your word, and its slots cannot be seen");
  });

  it("that loses slots without naming its limit is under suspicion only, for a spent limit of a minute looks the same", async () => {
    const result = await probe({ limit: 3, leakEvery: 1 });
    expect(verdictOf(result)).toBe("inconclusive leak");
    const doubt = result.document?.verdict.doubts.find(({ id }) => id === "unnamed-refusal");
    expect(doubt).toMatchObject({ explains: true, text: expect.stringContaining("--settle 4m") });
    expect(result.exit).toBe(EXIT.inconclusive);
  });

  it("that refuses everybody is perhaps down", async () => {
    const result = await probe({ limit: 0, refuse: PAGE }, { exclusive: true });
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(result.document?.verdict.doubts.find(({ id }) => id === "unnamed-refusal")?.text).toContain(
      "perhaps the server is down",
    );
  });

  it("is not shown the way to a doctor that cannot help it", async () => {
    const { shown } = await probe({ limit: 3, leakEvery: 1, refuse: WORDS });
    expect(shown).not.toContain("llmctl doctor");
  });

  it("whose limit nobody tells cannot be judged, and the flag is named before and after", async () => {
    const result = await probe({}, { limit: undefined });
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(doubtsOf(result)).toEqual(expect.arrayContaining(["no-limit", "not-litellm"]));
    expect(result.said).toContain("it tells no limit, so give one with --limit");
    expect(result.document?.plan).toMatchObject({ requests: 40, concurrency: 20 });
    expect(result.document?.verdict.doubts[0]?.text).toContain(
      "after 40 calls, 20 of them at once; give it with --limit",
    );
  });

  it("whose limit nobody tells shows it to a burst, and the line to type is named", async () => {
    const result = await probe({ limit: 4, refuse: PAGE, pieces: 40 }, { limit: undefined, n: "10", c: "8" });
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(result.document?.verdict.doubts[0]?.text).toContain(
      "of 8 at once 4 were let through: if that is it, --limit 4",
    );
  });

  it.each([
    [{ n: "5" }, 5],
    [{ n: "5", c: "2" }, 5],
    [{ c: "3" }, 23],
    [{ sequential: true }, 20],
  ])("whose limit nobody tells is sent no more calls than %j says", async (flags, sent) => {
    const result = await probe({}, { limit: undefined, ...flags });
    expect(result.document?.requests.sent).toBe(sent);
  });
});

describe("a limit of requests over time", () => {
  it.each([
    [
      "OpenAI's words",
      saying(429, "Rate limit reached for m on requests per min (RPM): Limit 3, Used 3, Requested 1."),
    ],
    ["OpenAI's header", saying(429, "slow down", { "x-ratelimit-remaining-requests": "0" })],
    ["Anthropic's header", saying(429, "slow down", { "anthropic-ratelimit-requests-remaining": "0" })],
    ["the IETF's header", saying(429, "slow down", { ratelimit: '"default";r=0;t=30' })],
    ["a spent quota", saying(429, "You exceeded your current quota, please check your plan and billing details.")],
  ])("told by %s is not taken for the limit of calls in flight", async (_, refuse) => {
    const result = await probe({ limit: 3, leakEvery: 1, refuse });
    expect(verdictOf(result)).toBe("inconclusive");
    expect(doubtsOf(result)).toContain("rate-limit");
    expect(result.document?.requests.sent).toBe(4);
  });
});
