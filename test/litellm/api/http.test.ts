import { expect, test } from "vitest";
import { freePort } from "../../../src/lab/redis.js";
import { LitellmApi } from "../../../src/litellm/api/http.js";
import { startWeb, type WebReply } from "../../support/http-stub.js";
import { errorOf } from "../../support/keys-session.js";

const apiOf = (baseUrl: string, timeoutMs = 5000) =>
  new LitellmApi({ baseUrl, apiKey: "sk-admin-of-a-test", timeoutMs });

async function endWith(reply: WebReply) {
  await using web = await startWeb(() => reply);
  return await errorOf(apiOf(web.url).call("GET", "/key/list"));
}

const json = (message: string) => ({ error: { message, type: "None", param: "None", code: "0" } });

test("sends the key as a bearer, a body as JSON and a query that is safe whatever is in it", async () => {
  const seen: unknown[] = [];
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    seen.push(String(url), init?.headers, init?.body);
    return Response.json({});
  };
  const api = new LitellmApi({ baseUrl: "http://proxy/base", apiKey: "sk-x", timeoutMs: 1000, fetch });
  await api.call("POST", "/key/list", { query: { key_alias: "a&b=c ü", page: 1 }, body: { a: 1 } });
  expect(seen).toEqual([
    "http://proxy/base/key/list?key_alias=a%26b%3Dc+%C3%BC&page=1",
    { accept: "application/json", authorization: "Bearer sk-x", "content-type": "application/json" },
    '{"a":1}',
  ]);
});

test("calls what is not LiteLLM by its name: HTML, other JSON, a redirect, another API's 404", async () => {
  const ends = [
    await endWith({ status: 200, body: "<!doctype html><title>Welcome to nginx!</title>" }),
    await endWith({ status: 404, body: "<h1>Not Found</h1>" }),
    await endWith({ status: 403, body: "<h1>Forbidden</h1>" }),
    await endWith({ status: 404, body: { detail: "Not Found" } }),
    await endWith({ status: 404, body: { error: "model not found" } }),
    await endWith({ status: 405, body: { detail: "Method Not Allowed" } }),
    await endWith({
      status: 302,
      headers: { location: "https://user:planted-password@login.example/in?token=planted-token" },
      body: "",
    }),
  ];
  for (const end of ends) {
    expect(end).toMatchObject({ exit: 5, code: "not-litellm", hint: expect.stringContaining("--base-url") });
    expect(end.message).not.toContain("planted");
  }
  expect(ends.at(-1)?.message).toContain("a redirect (302) to https://login.example/in");
});

test("says that the database is missing, in the words of every release", async () => {
  const replies: WebReply[] = [
    { status: 500, body: json("DB not connected. See https://docs.litellm.ai/docs/proxy/virtual_keys") },
    { status: 503, body: { error: { message: "Service unavailable", type: "no_db_connection" } } },
    { status: 400, body: json("Authentication Error, Can't reach database server at `127.0.0.1`:`1`") },
    { status: 500, body: { error: { message: "{'error': 'No connected db.'}" } } },
  ];
  for (const reply of replies) expect(await endWith(reply)).toMatchObject({ exit: 5, code: "no-database" });
});

test("calls a broken proxy broken: plain text, an empty body, 502 of a balancer, 429", async () => {
  for (const [reply, said] of [
    [{ status: 500, body: "Internal Server Error" }, "500: Internal Server Error"],
    [{ status: 500, body: "" }, "500: an empty body"],
    [{ status: 502, body: "<h1>502 Bad Gateway</h1>" }, "502: <h1>502 Bad Gateway</h1>"],
    [{ status: 429, body: json("slow down") }, "429: slow down"],
    [{ status: 500, body: json("{'error': 'Internal Server Error.'}") }, "500: Internal Server Error."],
  ] as const) {
    expect(await endWith(reply)).toMatchObject({ exit: 5, code: "proxy-error", message: expect.stringMatching(said) });
  }
});

test("does not repeat a key that an old release repeats in its refusal", async () => {
  const body = json(
    "Authentication Error, LiteLLM Virtual Key expected. Received=hunter2, expected to start with 'sk-'.",
  );
  const end = await endWith({ status: 401, body });
  expect(end).toMatchObject({ exit: 4 });
  expect(end.message).not.toContain("hunter2");
  expect(end.message).toContain("expected to start with 'sk-'");
});

test("gives up after the time limit, also when only the body is late", async () => {
  await using slow = await startWeb(() => ({ after: 3000 }));
  const end = await errorOf(apiOf(slow.url, 200).call("GET", "/key/list"));
  expect(end).toMatchObject({ exit: 5, code: "proxy-unreachable", message: expect.stringContaining("within 0.2 s") });
  await using stalled = await startWeb(() => ({ headers: { "content-length": "100" }, body: "[" }));
  const half = await errorOf(apiOf(stalled.url, 200).call("GET", "/key/list"));
  expect(half).toMatchObject({ exit: 5, code: "proxy-unreachable", message: expect.stringContaining("within 0.2 s") });
});

test("says that nobody listens", async () => {
  const refused = await errorOf(apiOf(`http://127.0.0.1:${await freePort()}`).call("GET", "/key/list"));
  expect(refused).toMatchObject({
    exit: 5,
    code: "proxy-unreachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("ends with 130 when interrupted", async () => {
  await using slow = await startWeb(() => ({ after: 3000 }));
  const interruption = new AbortController();
  setTimeout(() => interruption.abort("SIGINT"), 100);
  const api = new LitellmApi({ baseUrl: slow.url, timeoutMs: 5000, signal: interruption.signal });
  expect(await errorOf(api.call("GET", "/key/list"))).toMatchObject({ exit: 130 });
});

test("refuses a key that no header can carry, without repeating it", async () => {
  for (const apiKey of ["sk-ab\ncd", "sk-ключ-админа", "sk-with space"]) {
    const api = new LitellmApi({ baseUrl: "http://127.0.0.1:1", apiKey, timeoutMs: 1000 });
    const end = await errorOf(api.send("GET", "/key/list"));
    expect(end).toMatchObject({ exit: 2, code: "bad-api-key" });
    expect(end.message).not.toContain(apiKey.slice(3, 8));
  }
});
