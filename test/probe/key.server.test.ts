import { afterEach, describe, expect, it } from "vitest";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import { EXIT } from "../../src/errors.js";
import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { connectRedis } from "../../src/redis/connect.js";
import { json, startGateway } from "../support/gateway-stub.js";
import { type Probed, runProbe } from "../support/probe-session.js";

let lab: RunningLab;
afterEach(() => lab?.stop());
const start = async (options: LabOptions = {}) => {
  lab = await startLab(options);
  return { baseUrl: lab.baseUrl, redisUrl: lab.redisUrl, apiKey: lab.masterKey };
};

/** All that a run says, shows and writes down. */
const everything = ({ said, shown, files, document, error }: Probed) =>
  [said, shown, files, JSON.stringify(document), error?.message, error?.hint].join("\n");

describe("the key under test", () => {
  it("stands in no output and no file", async () => {
    const around = await start({ sick: "messages-never-release" });
    const result = await runProbe("messages", { ...around, key: lab.key });
    expect(result.exit).toBe(EXIT.finding);
    expect(everything(result)).not.toContain(lab.key);
    expect(everything(result)).not.toContain(lab.masterKey);
    expect(result.said).toContain(`sk-…${lab.key.slice(-4)}`);
  });

  it("stands in no file even where its name in Redis is the key itself", async () => {
    const secret = "plain-custom-auth-key-0123456789";
    const gateway = await startGateway((response, { path }) =>
      path === "/v1/models" ? json(response, 200, { data: [{ id: "m" }] }) : json(response, 200, {}),
    );
    const { redisUrl } = await start();
    const result = await runProbe("chat", { baseUrl: gateway.url, redisUrl, key: secret, flags: { limit: "2" } });
    await gateway.stop();
    expect(result.runs).toHaveLength(1);
    expect(everything(result)).not.toContain(secret);
  });

  it("is never the admin's", async () => {
    const around = await start();
    const result = await runProbe("chat", { ...around, key: lab.masterKey });
    expect(result.exit).toBe(EXIT.usage);
    expect(result.error?.code).toBe("admin-key-under-test");
    expect(lab.stats().seen).toBe(0);
  });

  it("must be given, or asked for", async () => {
    const around = await start();
    const result = await runProbe("chat", around);
    expect(result.error).toMatchObject({ code: "no-key", exit: EXIT.usage });
    expect(result.error?.hint).toContain("--temp-key");
  });

  it("tells its limit itself where the admin's key is refused, and that is said", async () => {
    const { baseUrl } = await start();
    const { document, said } = await runProbe("chat", { baseUrl, apiKey: "sk-not-the-admins-key", key: lab.key });
    expect(document?.limit).toEqual({ value: 3, source: "key-info" });
    expect(said).toMatch(/rejected the admin key \(401\); reading the limit with the key under test instead/);
  });

  it("is refused with exit 4 when the proxy does not know it", async () => {
    const around = await start();
    const result = await runProbe("chat", { ...around, key: "sk-nobody-knows-this-one" });
    expect(result.exit).toBe(EXIT.denied);
    expect(everything(result)).not.toContain("sk-nobody-knows-this-one");
  });
});

describe("a temporary key", () => {
  it("is made with its limits, announced, and deleted with its counters", async () => {
    const around = await start({ sick: "messages-never-release" });
    const before = lab.keys.newestFirst().length;
    const result = await runProbe("messages", { ...around, flags: { tempKey: true, mpr: "2", rpm: "500" } });
    expect(result.exit).toBe(EXIT.finding);
    expect(result.document?.limit).toEqual({ value: 2, source: "key-info" });
    expect(result.said).toContain("made a temporary key");
    expect(result.said).toContain("deleted the temporary key and its counters");
    expect(lab.keys.newestFirst()).toHaveLength(before);
    expect(result.runs[0]?.header.plan.temporary).toBe(true);
    const redis = await connectRedis(parseRedisUrl(lab.redisUrl, "redisUrl"), { timeoutMs: 2000 });
    expect(await redis.client.keys(`*${result.document?.target.key}*`)).toEqual([]);
    await redis.close();
  });

  it("ends by itself within the hour, should nobody delete it", async () => {
    const around = await start();
    const control = new AbortController();
    let expires: number | null = null;
    const look = setInterval(() => {
      expires =
        lab.keys.newestFirst().find(({ key_alias }) => key_alias?.startsWith("llmctl-probe"))?.expires ?? expires;
      if (expires !== null) control.abort();
    }, 5);
    await runProbe("chat", { ...around, signal: control.signal, flags: { tempKey: true, prompt: "wait=500" } });
    clearInterval(look);
    expect(Math.abs(Number(expires) - Date.now() - 3_600_000)).toBeLessThan(20_000);
  });

  it("is deleted after Ctrl-C too", async () => {
    const around = await start();
    const before = lab.keys.newestFirst().length;
    const control = new AbortController();
    setTimeout(() => control.abort("SIGINT"), 250);
    const flags = { tempKey: true, prompt: "wait=5000" };
    const result = await runProbe("chat", { ...around, signal: control.signal, flags });
    expect(result.exit).toBe(EXIT.interrupted);
    expect(lab.keys.newestFirst()).toHaveLength(before);
  });

  it("needs an admin key, and no other key beside it", async () => {
    const { baseUrl } = await start();
    expect((await runProbe("chat", { baseUrl, flags: { tempKey: true } })).error?.code).toBe("no-api-key");
    const both = await runProbe("chat", { baseUrl, key: lab.key, apiKey: lab.masterKey, flags: { tempKey: true } });
    expect(both.error?.code).toBe("contradiction");
  });

  it("is not made for a dry run that has a key", async () => {
    const around = await start();
    const result = await runProbe("chat", { ...around, key: lab.key, settings: { dryRun: true } });
    expect(result.exit).toBe(EXIT.done);
    expect(result.said).toContain("at most");
    expect(lab.stats().seen).toBe(0);
    expect(result.runs).toEqual([]);
  });
});
