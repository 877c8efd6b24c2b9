import { afterEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { freePort } from "../../src/lab/redis.js";
import { doubtIds } from "../support/events.js";
import { type Gateway, json, startGateway } from "../support/gateway-stub.js";
import { runProbe } from "../support/probe-session.js";

let lab: RunningLab | undefined;
let gateway: Gateway | undefined;
afterEach(async () => {
  await lab?.stop();
  await gateway?.stop();
  lab = undefined;
  gateway = undefined;
});
const start = async (options: LabOptions = {}) => {
  lab = await startLab(options);
  return { baseUrl: lab.baseUrl, key: lab.key };
};
const KEY = "sk-under-test-0123456789";

describe("a run that is interrupted", () => {
  it("keeps what it saw, judges it, and ends with 130", async () => {
    const around = await start();
    const control = new AbortController();
    const third = setInterval(() => (lab?.stats().seen ?? 0) >= 3 && control.abort("SIGINT"), 5);
    const result = await runProbe("chat", { ...around, signal: control.signal, flags: { prompt: "wait=400" } });
    clearInterval(third);
    expect(result.exit).toBe(EXIT.interrupted);
    expect(result.document?.verdict.status).toBe("inconclusive");
    expect(result.document && doubtIds(result.document.verdict)).toContain("cut-short");
    const [run] = result.runs;
    expect(run?.end?.stopped).toBe("interrupted");
    const calls = run?.events.filter((event) => event.kind === "call") ?? [];
    expect(calls.map(({ ending }) => ending)).toEqual(["completed", "completed", "interrupted"]);
  });

  it("ends while it waits for slots to come back", async () => {
    const around = await start({ sick: "messages-never-release" });
    const control = new AbortController();
    setTimeout(() => control.abort("SIGINT"), 600);
    const began = performance.now();
    const result = await runProbe("messages", { ...around, signal: control.signal, flags: { settle: "20s" } });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(result.exit).toBe(EXIT.interrupted);
    expect(result.runs[0]?.end?.verdict.status).toBe("inconclusive");
  });
});

describe("--max-time", () => {
  it("ends the run, its calls in flight included, and says so", async () => {
    const around = await start();
    const flags = { maxTime: "800ms", settle: "700ms", prompt: "wait=300" };
    const began = performance.now();
    const result = await runProbe("chat", { ...around, flags });
    expect(performance.now() - began).toBeLessThan(3000);
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(result.document?.verdict.doubts[0]?.text).toContain("--max-time");
  });
});

describe("a run that makes no sense", () => {
  it.each([
    [{ settle: "40s" }, "contradiction"],
    [{ shared: true, exclusive: true }, "contradiction"],
    [{ sequential: true, c: "4" }, "contradiction"],
    [{ n: "0" }, "bad-number"],
    [{ abortAfter: "soon" }, "bad-duration"],
    [{ model: "nope" }, "model-not-found"],
  ])("%j is refused with exit 2", async (flags, code) => {
    const result = await runProbe("chat", { ...(await start()), flags });
    expect(result.error).toMatchObject({ code, exit: EXIT.usage });
    expect(lab?.stats().seen).toBe(0);
  });

  it("is refused for an endpoint that is none", async () => {
    expect((await runProbe("/v1/embeddings", await start())).error?.code).toBe("unknown-endpoint");
  });

  it("asks before it sends very many calls", async () => {
    const around = await start({ limit: 30 });
    const large = await runProbe("chat", around);
    expect(large.error).toMatchObject({ code: "large-plan", exit: EXIT.usage });
    const said = await runProbe("chat", { ...around, flags: { n: "5", c: "3" } });
    expect(said.document?.requests.sent).toBe(5);
  });

  it("stops when the limit turns out to be very large", async () => {
    const { startForwarder } = await import("./forwarder.js");
    const { baseUrl, key } = await start({ limit: 30 });
    const silent = await startForwarder(baseUrl, (path) => path.startsWith("/key/info"));
    const result = await runProbe("chat", { baseUrl: silent.url, key });
    await silent.stop();
    expect(result.document?.requests.sent).toBe(1);
    expect(result.exit).toBe(EXIT.inconclusive);
    expect(result.said).toContain("turned out to be 30");
  });

  it("is unreachable when nobody listens", async () => {
    const result = await runProbe("chat", { baseUrl: `http://127.0.0.1:${await freePort()}`, key: KEY });
    expect(result.exit).toBe(EXIT.unreachable);
  });

  it("is unreachable when a web page answers", async () => {
    gateway = await startGateway(
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
    );
    const result = await runProbe("chat", { baseUrl: gateway.url, key: KEY });
    expect(result.exit).toBe(EXIT.unreachable);
  });

  it.each([
    [401, "invalid key", EXIT.denied],
    [404, "The model `m` does not exist", EXIT.usage],
    [400, "Invalid model name passed in model=m", EXIT.usage],
    [403, "not here", EXIT.denied],
    [404, "Not Found", EXIT.unreachable],
  ])("ends after one call that is answered %i: %s", async (status, message, exit) => {
    gateway = await startGateway((response, { path }) =>
      path === "/v1/models" ? json(response, 404, {}) : json(response, status, { error: { message } }),
    );
    const result = await runProbe("chat", { baseUrl: gateway.url, key: KEY, flags: { model: "m", limit: "2" } });
    expect(result.exit).toBe(exit);
    expect(gateway.received.filter(({ path }) => path === "/v1/chat/completions")).toHaveLength(1);
    expect(result.runs[0]?.end?.stopped).toContain(message);
  });
});

describe("a plain server", () => {
  it("without any LiteLLM address is judged by its calls", async () => {
    let inFlight = 0;
    gateway = await startGateway(async (response, { path }) => {
      if (path !== "/v1/messages") return json(response, 404, { error: "no" });
      if (inFlight >= 2) {
        const message =
          "Rate limit exceeded for api_key: x. Limit type: max_parallel_requests. Current limit: 2, Remaining: 0";
        return json(response, 429, { error: { message } });
      }
      inFlight++;
      // Long enough for the calls of a burst to meet on a busy machine.
      await new Promise((resolve) => setTimeout(resolve, 400));
      inFlight--;
      return json(response, 200, { id: "x" });
    });
    const result = await runProbe("messages", { baseUrl: gateway.url, key: KEY, flags: { model: "m", limit: "2" } });
    expect(result.document?.verdict).toMatchObject({ status: "healthy" });
    expect(result.document?.target.version).toBeNull();
  });
});
