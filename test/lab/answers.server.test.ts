import { describe, expect, test } from "vitest";
import { aboutRequests } from "../integration/litellm/contract/about.js";
import { adminRequests } from "../integration/litellm/contract/admin.js";
import { type Exchange, exchange, type Request } from "../integration/litellm/contract/exchange.js";
import { type RefusalKeys, refusals } from "../integration/litellm/contract/refusals.js";
import { steady } from "../integration/litellm/contract/steady.js";
import type { Proxy as LitellmProxy } from "../integration/litellm/support/proxy.js";
import { type Recorded, recorded } from "../support/recorded-replies.js";
import { labAsProxy, VERSIONS, type Version } from "./as-proxy.js";

const KEYS: RefusalKeys = {
  parallel: "sk-one-call-at-once-0001",
  requests: "sk-one-request-a-minute",
  tokens: "sk-one-token-a-minute-1",
  free: "sk-no-limit-at-all-0001",
};
const LIMITS = {
  [KEYS.parallel]: { max_parallel_requests: 1 },
  [KEYS.requests]: { rpm_limit: 1 },
  [KEYS.tokens]: { tpm_limit: 1 },
  [KEYS.free]: { max_parallel_requests: 100 },
};

async function withLab<T>(version: Version, work: (proxy: LitellmProxy) => Promise<T>): Promise<T> {
  const { lab, proxy } = await labAsProxy(version, { limit: null, rpm: null });
  try {
    for (const row of lab.keys.newestFirst()) lab.keys.delete(row, Date.now());
    return await work(proxy);
  } finally {
    await lab.stop();
  }
}

async function ask(proxy: LitellmProxy, requests: readonly (readonly [string, Request])[]): Promise<Exchange[]> {
  const found: Exchange[] = [];
  const secrets: string[] = [];
  for (const [name, request] of requests) {
    const answer = await exchange(proxy, name, request);
    found.push(answer);
    const made = /"key":"(sk-[^"]+)"/.exec(answer.response.body)?.[1];
    if (made && !JSON.stringify(request).includes(made)) secrets.push(made);
  }
  return found.map((each) => steady(each, secrets));
}

const parse = (body: string): unknown => {
  try {
    // A time on a full second has no fraction.
    return JSON.parse(body.replaceAll("upstream error", "lab error").replaceAll("03:04:05Z", "03:04:05.678000Z"));
  } catch {
    return body;
  }
};

/** What of a real answer the lab answers too: of an object the fields that the lab has, everything of an error. */
function common(real: unknown, ours: unknown): unknown {
  if (Array.isArray(real) && Array.isArray(ours)) return real.map((one, i) => common(one, ours[i]));
  if (typeof real !== "object" || real === null || typeof ours !== "object" || ours === null) return real;
  if ("error" in real && real.error !== null) return real;
  return Object.fromEntries(
    Object.entries(real).flatMap(([name, value]) =>
      name in ours ? [[name, common(value, (ours as Record<string, unknown>)[name])]] : [],
    ),
  );
}

/** Headers that programs read; the lab leaves out costs and durations. */
const READ =
  /^(content-type|server|retry-after|rate_limit_type|reset_at|x-litellm-(version|call-id|key-.*)|x-ratelimit-.*)$/;
const read = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => READ.test(name)));

function expectSame(seen: readonly Exchange[], real: readonly Recorded[], left: RegExp) {
  const ours: object[] = [];
  const theirs: object[] = [];
  for (const { name, response } of real.filter((each) => !left.test(each.name))) {
    const own = seen.find((each) => each.name === name)?.response;
    const [theirBody, ownBody] = [parse(response.body), parse(own?.body ?? "")];
    const heads = (all: Record<string, string> = {}) => read(all);
    ours.push({ name, status: own?.status, headers: heads(own?.headers), body: ownBody });
    theirs.push({ name, status: response.status, headers: heads(response.headers), body: common(theirBody, ownBody) });
  }
  expect(ours).toEqual(theirs);
}

// Some calls are held for seconds; a busy machine needs more.
describe.concurrent.each(VERSIONS)("in the place of LiteLLM %s", { timeout: 60_000 }, (version) => {
  test("refuses and fails calls in its words, with its headers", async () => {
    await withLab(version, async (proxy) => {
      for (const [key, limits] of Object.entries(LIMITS)) {
        await exchange(proxy, "make", {
          method: "POST",
          path: "/key/generate",
          asker: "admin",
          body: { key, ...limits },
        });
      }
      const seen = (await refusals(proxy, KEYS)).map((each) => steady(each, []));
      // 1.79.1 answers a failed stream of completions with a stream.
      expectSame(
        seen,
        recorded("refusals", version),
        version === "1.79.1" ? /^served|^deployment|^provider.*completions, stream$/ : /^served|^deployment/,
      );
    });
  });

  test("answers the admin API", async () => {
    await withLab(version, async (proxy) => {
      expectSame(await ask(proxy, adminRequests), recorded("admin", version), /^$/);
    });
  });

  test("tells of itself", async () => {
    await withLab(version, async (proxy) => {
      await exchange(proxy, "make", {
        method: "POST",
        path: "/key/generate",
        asker: "admin",
        body: { key: KEYS.free },
      });
      expectSame(
        await ask(proxy, aboutRequests(KEYS.free)),
        recorded("about", version),
        /^(callbacks|readiness details|coordination settings)$/,
      );
    });
  });
});
