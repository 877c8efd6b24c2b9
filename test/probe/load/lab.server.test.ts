import { afterEach, describe, expect, it } from "vitest";
import { type LabOptions, type RunningLab, startLab } from "../../../src/lab/proxy.js";
import type { ProbeFlags } from "../../../src/probe/options.js";
import { doubtIds, short } from "../../support/events.js";
import { type Gateway, json, startGateway } from "../../support/gateway-stub.js";
import { type Probed, runProbe } from "../../support/probe-session.js";

let lab: RunningLab | undefined;
let gateway: Gateway | undefined;
afterEach(async () => {
  await lab?.stop();
  await gateway?.stop();
  lab = undefined;
  gateway = undefined;
});

async function probed(options: LabOptions, endpoint: string, flags: Partial<ProbeFlags>, redis = true) {
  lab = await startLab(options);
  const { baseUrl, key, redisUrl } = lab;
  return runProbe(endpoint, { baseUrl, key, ...(redis ? { redisUrl } : {}), flags: { prompt: "wait=60", ...flags } });
}
const verdictIn = ({ document }: Probed) => (document ? short(document.verdict) : "error");
const loadOf = ({ runs }: Probed) =>
  (runs[0]?.events ?? []).flatMap((event) => (event.kind === "call" && event.phase === "load" ? [event] : []));

describe.each([true, false])("with Redis: %s, a load", (redis) => {
  it.each([
    ["healthy", "chat", { rate: "40/s", for: "1s" }, "healthy"],
    ["healthy", "messages", { callers: "8", n: "60", pause: "20ms" }, "healthy"],
    ["messages-never-release", "messages", { rate: "20/s", for: "1s" }, "finding leak"],
    ["responses-never-release", "responses", { callers: "4", n: "12", model: "claude-lab" }, "finding leak"],
  ] as const)("on a lab that is %s, %s by %j, is judged %s", async (sick, endpoint, flags, verdict) => {
    const result = await probed({ sick }, endpoint, flags, redis);
    expect(verdictIn(result)).toBe(verdict);
  });
});

describe("a load", () => {
  it("measures its own calls alone, and by its schedule", async () => {
    const result = await probed({}, "chat", { rate: "50/s", for: "1s", warmUp: "200ms", stream: true });
    const calls = loadOf(result);
    expect(calls).toHaveLength(50);
    const due = calls.map(({ dueMs }) => dueMs ?? 0).sort((a, b) => a - b);
    for (const [at, one] of due.entries()) expect(one - (due[0] ?? 0)).toBeCloseTo(at * 20, 6);
    for (const { dueMs, sentMs } of calls) expect(sentMs).toBeGreaterThanOrEqual(dueMs ?? 0);
    const { latency, throughput, plan } = result.document ?? {};
    expect(plan).toMatchObject({ load: { perS: 50, calls: 60 } });
    expect(throughput?.offeredPerS).toBe(50);
    expect(result.document?.probeAdds?.p50Ms).toBeGreaterThan(0);
    expect(result.shown).toContain("the probe adds");
    expect(latency?.sinceDue?.p50Ms).toBeGreaterThanOrEqual(latency?.total?.p50Ms ?? Number.POSITIVE_INFINITY);
    expect(latency?.betweenTokens?.p50Ms).toBeLessThanOrEqual(latency?.longestGap?.p50Ms ?? 0);
  });

  it.each([{ rate: "50/s" }, { callers: "3" }])(
    "by %j that is interrupted has every call in its record",
    async (flags) => {
      const control = new AbortController();
      lab = await startLab({});
      const { baseUrl, redisUrl, key } = lab;
      const fifth = setInterval(() => (lab?.stats().seen ?? 0) >= 5 && control.abort("SIGINT"), 5);
      const result = await runProbe("chat", {
        ...{ baseUrl, redisUrl, key, signal: control.signal },
        flags: { ...flags, prompt: "wait=300" },
      });
      clearInterval(fifth);
      expect(result.exit).toBe(130);
      const interrupted = loadOf(result).filter(({ ending }) => ending === "interrupted");
      expect(interrupted.length).toBeGreaterThanOrEqual(2);
      const numbers = (result.runs[0]?.events ?? []).flatMap((event) => (event.kind === "call" ? [event.n] : []));
      expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, at) => at + 1));
      expect(result.document && doubtIds(result.document.verdict)).not.toContain("foreign-traffic");
    },
  );

  it("stops asking when a limit of requests refuses the burst", async () => {
    const result = await probed({ rpm: 30 }, "chat", { rate: "60/s", for: "1s" });
    expect(result.exit).toBe(7);
    expect(result.said).toContain("a limit of requests or tokens refused calls of a burst, so the run ends here");
    expect(result.document?.requests.sent).toBe(1 + 60 + 4);
    expect(result.document && doubtIds(result.document.verdict)).toContain("rate-limit");
  });

  it("costs one call when the key is wrong", async () => {
    lab = await startLab({});
    const wrong = await runProbe("chat", { baseUrl: lab.baseUrl, key: "sk-nobody-has-this", flags: { rate: "50/s" } });
    expect(wrong.exit).toBe(4);
    expect(lab.stats().seen).toBe(0);
  });

  it("learns the limit from its refusals, and has its burst after it", async () => {
    lab = await startLab({ version: "1.95.0", limit: 2 });
    const { baseUrl, key } = lab;
    const { startForwarder } = await import("../forwarder.js");
    const forwarder = await startForwarder(baseUrl, (path) => path.startsWith("/key/info"));
    const result = await runProbe("messages", {
      baseUrl: forwarder.url,
      key,
      flags: { callers: "6", n: "30", pause: "20ms", prompt: "wait=60" },
    });
    await forwarder.stop();
    expect(result.document?.limit).toEqual({ value: 2, source: "refusal" });
    expect(result.said).toContain("of 3 calls at once 2 were admitted and 1 refused");
    expect(verdictIn(result)).toBe("healthy");
  });
});

describe("--through-window", () => {
  // A busy machine is late by more than half a second: the program's own allowance is kept.
  const window = { throughWindow: "3s", settle: "5s" };

  it("finds calls let in beside those that a new window forgot", async () => {
    const result = await probed({ sick: "over-admits", windowS: 3 }, "chat", {
      ...window,
      prompt: "chunks=30 gap=100",
    });
    expect(verdictIn(result)).toBe("finding over-admission");
    expect(result.document?.peak.admitted).toBeGreaterThan(3);
  });

  it("finds nothing where a slot is a slot until its call ends", async () => {
    const result = await probed({ sick: "healthy" }, "chat", { ...window, prompt: "chunks=30 gap=100" });
    expect(verdictIn(result)).toBe("healthy");
    expect(result.document?.peak.admitted).toBe(3);
  });

  it("says that calls were too short to tell", async () => {
    const result = await probed({ sick: "healthy" }, "chat", { ...window, prompt: "chunks=2 gap=10" });
    expect(result.document && doubtIds(result.document.verdict)).toContain("short-for-window");
    expect(result.exit).toBe(7);
  });
});

describe("--bail", () => {
  const failing = (share: number) => {
    let seen = 0;
    return startGateway((response, { path }) => {
      if (path === "/v1/models") return json(response, 200, { data: [{ id: "gpt-x" }] });
      if (path !== "/v1/chat/completions") return json(response, 404, {});
      seen++;
      return seen % 10 < share * 10 && seen > 1
        ? json(response, 500, { error: { message: "boom" } })
        : json(response, 200, { id: "1" });
    });
  };
  const flags = { limit: "3", rate: "100/s", for: "2s", bail: "30%" };

  it("gives up when more of the calls fail than it allows, and says why", async () => {
    gateway = await failing(0.5);
    const result = await runProbe("chat", { baseUrl: gateway.url, key: "sk-x-0123456789", flags });
    expect(result.exit).toBe(7);
    expect(result.document?.requests.sent).toBeLessThan(100);
    expect(result.runs[0]?.end?.stopped).toMatch(/^\d+ of \d+ calls failed, more than --bail 30% \(the last: boom\)$/);
  });

  it("goes on below it", async () => {
    gateway = await failing(0.2);
    const result = await runProbe("chat", {
      baseUrl: gateway.url,
      key: "sk-x-0123456789",
      flags: { ...flags, for: "1s" },
    });
    expect(result.runs[0]?.end?.stopped).toBeNull();
    expect(loadOf(result)).toHaveLength(100);
  });
});

describe("--until-recovered", () => {
  it("tells how long the room took to come back", async () => {
    const result = await probed({ lagMs: 700 }, "chat", { untilRecovered: "6s" });
    expect(verdictIn(result)).toBe("finding slow-release");
    const { recovered, fromMs, toMs } = result.document?.recovery ?? {};
    expect(recovered).toBe(true);
    expect(fromMs).toBeLessThan(750);
    expect(toMs).toBeGreaterThan(650);
  });

  it("tells that it never did", async () => {
    const result = await probed({ sick: "messages-never-release" }, "messages", { untilRecovered: "1s" });
    expect(verdictIn(result)).toBe("finding leak");
    expect(result.document?.recovery).toMatchObject({ recovered: false, toMs: null });
  });

  it("has nothing to tell of a key that always had room", async () => {
    expect((await probed({}, "chat", { untilRecovered: "6s" })).document?.recovery).toBeNull();
  });
});
