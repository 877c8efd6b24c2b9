import { expect, test } from "vitest";
import { LitellmApi } from "../../../src/litellm/api/http.js";
import { describeProxy } from "../../../src/litellm/api/proxy.js";
import { startWeb, type WebReply } from "../../support/http-stub.js";
import { errorOf } from "../../support/keys-session.js";
import { answerOf, RELEASES } from "../../support/recorded-replies.js";

const NAMES: Record<string, string> = {
  "/health/readiness": "readiness",
  "/health/readiness/details": "readiness details",
};
const SHAPES = { "1.79.1": "windowed", "1.91.5": "windowed", "1.95.0": "slots", "1.109.1": "slots" };

const describe = async (answer: (path: string) => WebReply) => {
  await using web = await startWeb(({ path }) => answer(path));
  const { baseUrl: _, ...told } = await describeProxy(new LitellmApi({ baseUrl: web.url, timeoutMs: 5000 }));
  return told;
};

for (const release of RELEASES) {
  test(`${release}: tells its release, limiter and shape`, async () => {
    const told = await describe((path) => {
      const { status, body } = answerOf("about", release, NAMES[path] ?? path);
      return { status, headers: { "content-type": "application/json" }, body };
    });
    expect(told).toMatchObject({ version: release, limiter: "v3", shape: SHAPES[release], cache: "redis" });
  });
}

test("knows the old limiter by its class, whatever the release", async () => {
  const body = {
    status: "connected",
    litellm_version: "1.95.0",
    success_callbacks: ["_PROXY_MaxParallelRequestsHandler", "ServiceLogging"],
  };
  expect(await describe(() => ({ body }))).toMatchObject({ limiter: "minute", shape: "minute" });
});

test("does without what it is not told", async () => {
  const told = await describe((path) =>
    path === "/health/readiness" ? { body: { status: "healthy", db: "connected" } } : { status: 401, body: {} },
  );
  expect(told).toEqual({ version: null, limiter: null, shape: null, cache: null, database: "connected" });
});

test("takes a 503 of a proxy without its database for an answer", async () => {
  const body = { status: "healthy", db: "disconnected" };
  expect(await describe(() => ({ status: 503, body }))).toMatchObject({ database: "disconnected", version: null });
});

test("is exit 5 when it is not LiteLLM", async () => {
  for (const reply of [
    { body: "<html>" },
    { body: { hello: "world" } },
    { status: 404, body: { detail: "Not Found" } },
  ]) {
    expect(await errorOf(describe(() => reply))).toMatchObject({ exit: 5, code: "not-litellm" });
  }
});
