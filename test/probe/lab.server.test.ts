import { afterEach, describe, expect, it } from "vitest";
import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { doubtIds, short } from "../support/events.js";
import { type Probed, runProbe, type Surroundings } from "../support/probe-session.js";

let lab: RunningLab | undefined;
afterEach(() => lab?.stop());

/** The model takes a moment, so that calls of a burst are in flight together. */
const SLOWLY = "wait=120";

async function probed(
  options: LabOptions,
  endpoint: string,
  around: Partial<Surroundings> & { redis: boolean },
): Promise<Probed> {
  lab ??= await startLab(options);
  const { baseUrl, key, redisUrl } = lab;
  const redis = around.redis ? { redisUrl } : {};
  return runProbe(endpoint, { baseUrl, key, ...redis, ...around, flags: { prompt: SLOWLY, ...around.flags } });
}
afterEach(() => {
  lab = undefined;
});

const verdictIn = ({ document }: Probed) => (document ? short(document.verdict) : "error");

describe.each([true, false])("with Redis: %s, probe", (redis) => {
  it.each([
    ["healthy", "chat", {}, "healthy"],
    ["healthy", "/v1/messages", {}, "healthy"],
    ["healthy", "responses", { stream: true }, "healthy"],
    ["healthy", "completions", {}, "healthy"],
    ["messages-never-release", "messages", {}, "finding leak"],
    ["messages-never-release", "responses", {}, "finding leak"],
    ["messages-never-release", "chat", {}, "healthy"],
    ["responses-never-release", "responses", { model: "claude-lab" }, "finding leak"],
    ["responses-never-release", "responses", { model: "gpt-lab" }, "healthy"],
    ["responses-never-release", "messages", {}, "healthy"],
    ["aborted-stream-leaks", "chat", { abortAfter: "2", prompt: "chunks=4 gap=30", settle: "2600ms" }, "finding leak"],
    ["aborted-stream-leaks", "chat", { stream: true }, "healthy"],
    ["healthy", "messages", { abortAfter: "2", prompt: "chunks=40 gap=20" }, "healthy"],
  ] as const)("judges %s on %s (%j): %s", async (sick, endpoint, flags, verdict) => {
    const result = await probed({ sick }, endpoint, { redis, flags });
    expect(verdictIn(result)).toBe(verdict);
    expect(result.exit).toBe(verdict === "healthy" ? 0 : 3);
  });

  it("finds slots that come back late", async () => {
    const result = await probed({ lagMs: 400 }, "chat", { redis, flags: { settle: "5s" } });
    expect(verdictIn(result)).toBe("finding slow-release");
  });

  it("does not mind slots that come back within the allowed lag", async () => {
    const result = await probed({ lagMs: 60 }, "chat", { redis, flags: { maxLag: "300ms", settle: "3s" } });
    expect(verdictIn(result)).toBe("healthy");
  });

  it("learns the limit from an answer's header when nobody tells it", async () => {
    const result = await probed({ limit: 4 }, "chat", { redis, flags: { prompt: "wait=100" } });
    expect(result.document?.limit).toEqual({ value: 4, source: "key-info" });
    const blind = await withoutKeyInfo(redis, "chat");
    expect(blind.document?.limit).toEqual({ value: 4, source: "header" });
    expect(verdictIn(blind)).toBe("healthy");
  });

  it("says that a key without a limit cannot be judged, after twenty calls", async () => {
    const result = await probed({ limit: null }, "chat", { redis, flags: { prompt: "hello" } });
    expect(verdictIn(result)).toBe("inconclusive");
    expect(result.exit).toBe(7);
    expect(result.document && doubtIds(result.document.verdict)).toContain("no-limit");
    expect(result.document?.requests.sent).toBe(20);
  });
});

/** The proxy has forgotten what it would say of the key, so that only answers tell the limit. */
async function withoutKeyInfo(redis: boolean, endpoint: string): Promise<Probed> {
  const { baseUrl, redisUrl, key } = lab as RunningLab;
  const { startForwarder } = await import("./forwarder.js");
  const forwarder = await startForwarder(baseUrl, (path) => path.startsWith("/key/info"));
  try {
    return await runProbe(endpoint, {
      baseUrl: forwarder.url,
      key,
      ...(redis ? { redisUrl } : {}),
      // Long enough for the calls of a burst to meet on a busy machine: else none is refused.
      flags: { prompt: "wait=500" },
    });
  } finally {
    await forwarder.stop();
  }
}

describe("a key that is locked already", () => {
  const lock = async () => {
    await probed({ sick: "messages-never-release" }, "messages", { redis: false });
    return lab as RunningLab;
  };

  it("is a leak where Redis shows that nothing moves it", async () => {
    await lock();
    const result = await probed({}, "messages", { redis: true });
    expect(verdictIn(result)).toBe("finding leak");
    expect(result.document?.verdict.findings[0]?.ending).toBe("before the probe");
  });

  it("is inconclusive by calls alone, and doctor is named", async () => {
    await lock();
    const result = await probed({}, "messages", { redis: false });
    expect(result.exit).toBe(7);
    expect(result.shown).toContain("llmctl doctor");
    expect(verdictIn(await probed({}, "messages", { redis: false, flags: { exclusive: true } }))).toBe("finding leak");
  });

  it("is never hammered: one refusal, and one more a look at most", async () => {
    const before = (await lock()).stats().seen;
    // Looks after 150, 375, 750 and 1000 ms.
    const flags = { settle: "1s", rounds: "3" };
    const blind = await probed({}, "messages", { redis: false, flags });
    expect(blind.document?.requests).toMatchObject({ sent: 5, rejected: 5 });
    const seeing = await probed({}, "messages", { redis: true, flags });
    expect(seeing.document?.requests).toMatchObject({ sent: 1, rejected: 1 });
    expect(lab?.stats().seen).toBe(before);
  });
});

describe("what a repair may build on", () => {
  it("is exactly the slots that our calls left", async () => {
    const result = await probed({ sick: "responses-never-release" }, "responses", {
      redis: true,
      flags: { model: "claude-lab" },
    });
    const end = result.runs[0]?.end;
    expect(end?.shape).toBe("slots");
    expect(end?.proven?.members).toHaveLength(3);
    const ids = (slots: readonly { id: string }[] = []) => slots.map(({ id }) => id).sort();
    expect(ids(end?.proven?.members)).toEqual(ids(result.document?.slots?.leaked));
    expect(end?.proven?.key).toBe(result.document?.slots?.key);
  });

  it("is exactly the rise that our calls left, with its TTL", async () => {
    const result = await probed({ sick: "messages-never-release" }, "messages", { redis: true });
    expect(result.runs[0]?.end?.proven).toMatchObject({ members: [], rise: { from: 0, to: 3, value: "3", ttlMs: -1 } });
  });

  it("is nothing of a healthy run, and nothing where others use the key", async () => {
    expect((await probed({}, "chat", { redis: true })).runs[0]?.end?.proven).toBeNull();
    await lab?.stop();
    lab = undefined;
    const shared = await probed({ sick: "messages-never-release" }, "messages", {
      redis: true,
      flags: { shared: true },
    });
    expect(shared.runs[0]?.end?.proven).toBeNull();
    expect(shared.exit).toBe(7);
  });

  it("is under the namespace that the limiter uses, also when nobody named it", async () => {
    const result = await probed({ sick: "responses-never-release", namespace: "prod" }, "responses", {
      redis: true,
      flags: { model: "claude-lab", n: "6", c: "2" },
    });
    expect(verdictIn(result)).toBe("finding leak");
    expect(result.document?.slots?.key).toMatch(/^prod:\{api_key:/);
  });
});
