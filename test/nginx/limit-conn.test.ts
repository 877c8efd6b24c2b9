import { afterEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import type { ProbeFlags } from "../../src/probe/options.js";
import { doubtIds, short } from "../support/events.js";
import { KEY, type Plain, startPlain } from "../support/plain-server.js";
import { type Probed, runProbe } from "../support/probe-session.js";
import { type Nginx, startNginx } from "./nginx.js";

let upstream: Plain | undefined;
let nginx: Nginx | undefined;
afterEach(async () => {
  await nginx?.stop();
  await upstream?.stop();
  nginx = undefined;
  upstream = undefined;
});

const BY_KEY = "limit_conn_zone $http_authorization zone=calls:1m;";

async function start(location: string, http = BY_KEY): Promise<string> {
  upstream = await startPlain({ pieces: 20 });
  nginx = await startNginx(upstream.url, { http, location });
  return nginx.url;
}
const probe = (baseUrl: string, flags: Partial<ProbeFlags> = {}, endpoint = "chat"): Promise<Probed> =>
  runProbe(endpoint, { baseUrl, key: KEY, flags: { model: "m", limit: "3", ...flags } });
const verdictOf = ({ document }: Probed) => (document ? short(document.verdict) : "none");

describe("nginx with limit_conn", () => {
  it.each([
    ["503 on a page, its default", "limit_conn calls 3;", {}],
    ["503 to streams", "limit_conn calls 3;", { stream: true }],
    ["503 to calls that are left", "limit_conn calls 3;", { abortAfter: "2" }],
    ["429", "limit_conn calls 3; limit_conn_status 429;", { stream: true }],
    ["three rounds of 503", "limit_conn calls 3;", { rounds: "3" }],
  ] as const)("is healthy: %s", async (_, location, flags) => {
    const result = await probe(await start(location), flags);
    expect(verdictOf(result)).toBe("healthy");
    expect(result.exit).toBe(EXIT.done);
    expect(result.document?.requests.rejected).toBe("rounds" in flags ? 3 : 1);
    expect(upstream?.most()).toBe(3);
    expect(result.document && doubtIds(result.document.verdict)).toEqual(
      expect.arrayContaining(["not-litellm", "unnamed-refusal"]),
    );
  });

  it("is healthy on /v1/messages", async () => {
    const result = await probe(await start("limit_conn calls 3;"), { stream: true }, "messages");
    expect(verdictOf(result)).toBe("healthy");
  });

  it("that allows more than was said over-admits", async () => {
    const result = await probe(await start("limit_conn calls 5;"), { stream: true });
    expect(verdictOf(result)).toBe("finding over-admission");
    expect(result.document?.peak.admitted).toBe(4);
  });

  it("that allows fewer than was said is no leak by that", async () => {
    const result = await probe(await start("limit_conn calls 2;"), { stream: true });
    expect(result.exit).toBe(EXIT.inconclusive);
  });
});

describe("nginx with limit_req, a limit over time whose refusals look the same", () => {
  it.each([
    ["one a second", "2r/s", ""],
    ["a bucket of three", "1r/s", "burst=2 nodelay"],
  ])("(%s) is never a finding", async (_, rate, burst) => {
    const http = `limit_req_zone $http_authorization zone=rate:1m rate=${rate};`;
    const result = await probe(await start(`limit_req zone=rate ${burst};`, http), { exclusive: true });
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(result.document && doubtIds(result.document.verdict)).toContain("unnamed-refusal");
  });
});

describe("nginx whose server is down", () => {
  it("is exit 5, not a limit", async () => {
    const url = await start("limit_conn calls 3;");
    await upstream?.stop();
    upstream = undefined;
    const result = await probe(url);
    expect(result.exit).toBe(EXIT.unreachable);
    expect(result.error?.message).toMatch(/with 502: 502 Bad Gateway$/);
  });
});
