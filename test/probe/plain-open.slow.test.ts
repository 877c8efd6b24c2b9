import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { freePort } from "../../src/lab/redis.js";
import type { ProbeFlags } from "../../src/probe/options.js";
import { type Answerer, json } from "../support/gateway-stub.js";
import { KEY, type Plain, type PlainOptions, page, startPlain } from "../support/plain-server.js";
import { runProbe } from "../support/probe-session.js";

let server: Plain | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function probe(options: PlainOptions, flags: Partial<ProbeFlags> = {}, key: string | undefined = KEY) {
  server = await startPlain({ limit: 2, ...options });
  return runProbe("messages", {
    baseUrl: server.url,
    ...(flags.key === false ? {} : { key }),
    flags: { limit: "2", ...flags },
  });
}

const answer =
  (status: number, body: object): Answerer =>
  (response) =>
    json(response, status, body);
const html =
  (status: number): Answerer =>
  (response) =>
    page(status, "a page")(response);

describe("a server without a list of models", () => {
  const lists: [string, Answerer][] = [
    ["404 with JSON", answer(404, { error: "no" })],
    ["404 with a page", html(404)],
    ["405", answer(405, { detail: "Method Not Allowed" })],
    ["403", answer(403, { error: { message: "missing scope api.model.read" } })],
    ["503 with a page", html(503)],
    ["200 with a page", html(200)],
    ["200 with other JSON", answer(200, { models: [] })],
  ];
  it.each(lists)("(%s) is probed when a model is named", async (_, models) => {
    const result = await probe({ models }, { model: "m" });
    expect(result.document?.verdict.status).toBe("healthy");
    expect(result.document?.target.model).toBe("m");
  });

  it.each(lists.slice(0, 5))("(%s) wants the model named: exit 2", async (_, models) => {
    const result = await probe({ models });
    expect(result.error).toMatchObject({ code: "no-model", exit: EXIT.usage });
    expect(result.error?.hint).toContain("--model");
    expect(result.runs).toEqual([]);
  });

  it.each(lists.slice(5))("(%s) may be no API at all: exit 5 while no model is named", async (_, models) => {
    const result = await probe({ models });
    expect(result.error).toMatchObject({ code: "not-litellm", exit: EXIT.unreachable });
  });

  it("that fails is not probed", async () => {
    const result = await probe({ models: html(502) }, { model: "m" });
    expect(result.exit).toBe(EXIT.unreachable);
  });

  it("that has one is asked for a model of it", async () => {
    const result = await probe({
      models: answer(200, { object: "list", data: [{ id: "gpt-x" }, { id: "claude-x" }] }),
    });
    expect(result.document?.target.model).toBe("claude-x");
  });
});

describe("an address behind which there is no API", () => {
  it("is exit 5 after the first call, also when a model is named", async () => {
    server = await startPlain({ other: html(200) });
    const result = await runProbe("chat", {
      baseUrl: `${server.url}/site`,
      key: KEY,
      flags: { model: "m", limit: "2" },
    });
    expect(result.error).toMatchObject({ code: "no-such-endpoint", exit: EXIT.unreachable });
    expect(result.error?.message).toContain("text/html");
  });

  it("that redirects is exit 5", async () => {
    const away: Answerer = (response) => void response.writeHead(301, { location: "https://elsewhere.example/" }).end();
    server = await startPlain({ models: away });
    const list = await runProbe("chat", { baseUrl: server.url, key: KEY, flags: { model: "m", limit: "2" } });
    expect(list.error).toMatchObject({ code: "not-litellm", exit: EXIT.unreachable });
    await server.stop();
    server = await startPlain({ models: html(404), other: away });
    const call = await runProbe("chat", { baseUrl: `${server.url}/x`, key: KEY, flags: { model: "m", limit: "2" } });
    expect(call.error?.exit).toBe(EXIT.unreachable);
  });

  it("is exit 5 when nobody listens", async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`;
    const result = await runProbe("chat", { baseUrl, key: KEY, flags: { model: "m", limit: "2" } });
    expect(result.error).toMatchObject({ code: "proxy-unreachable", exit: EXIT.unreachable });
  });
});

describe("a server that asks for no key", () => {
  it("is sent none", async () => {
    const result = await probe({}, { key: false, model: "m" });
    expect(result.document?.verdict.status).toBe("healthy");
    expect(result.document?.target.key).toBe("none");
    expect(result.said).toContain("no key");
    const headers = server?.received.flatMap((one) => Object.keys(one.headers)) ?? [];
    expect(headers).toContain("anthropic-version");
    expect(headers).not.toContain("authorization");
    expect(headers).not.toContain("x-api-key");
  });

  it("is named by --no-key, as the hint of a missing key says", async () => {
    server = await startPlain();
    const result = await runProbe("chat", { baseUrl: server.url });
    expect(result.error).toMatchObject({ code: "no-key", exit: EXIT.usage });
    expect(result.error?.hint).toContain("--no-key");
  });

  it.each([
    [{ key: false, tempKey: true }, "--temp-key and --no-key"],
    [{ key: false, mpr: "3" }, "--mpr and --rpm"],
  ])("cannot be named together with a key: %j", async (flags, what) => {
    const result = await probe({}, { model: "m", ...flags });
    expect(result.error).toMatchObject({ code: "contradiction", exit: EXIT.usage });
    expect(result.error?.message).toContain(what);
  });

  it("that asks for one after all is exit 4, and the flag is named", async () => {
    const no = answer(401, { error: { message: "no key" } });
    const byList = await probe({ models: no }, { key: false, model: "m" });
    expect(byList.error).toMatchObject({ code: "key-refused", exit: EXIT.denied });
    expect(byList.error?.hint).toContain("--key-file");
    await server?.stop();
    const byCall = await probe({ limit: 0, refuse: (response) => json(response, 401, {}) }, { key: false, model: "m" });
    expect(byCall.error).toMatchObject({ code: "key-refused", exit: EXIT.denied });
    expect(byCall.error?.hint).toContain("--key-file");
  });

  it("refuses a wrong key with exit 4", async () => {
    const result = await probe({ limit: 0, refuse: (response) => json(response, 401, {}) }, { model: "m" });
    expect(result.error).toMatchObject({ code: "key-refused", exit: EXIT.denied });
  });
});

describe("kept connections", () => {
  it("that the server closes under a call are told of, for it was sent twice", async () => {
    const closing = { wrongEvery: 3, refuse: (response: ServerResponse) => response.destroy() };
    const flags = { model: "m", keepAlive: true, sequential: true };
    const { document, said } = await probe({ ...closing, limit: 3 }, { ...flags, limit: "2" });
    expect(document?.requests).toMatchObject({ sent: 3, ok: 3 });
    expect(said).toContain("1 call was sent a second time: it had gone out on a kept connection");
  });

  it("that stay are not", async () => {
    const { said } = await probe({ limit: 3 }, { model: "m", keepAlive: true, sequential: true });
    expect(said).not.toContain("second time");
  });
});
