import { describe, expect, it } from "vitest";
import { type ProbeDocument, probeDocument } from "../../src/output/documents/probe.js";
import { renderTable } from "../../src/output/table.js";
import { brief, view } from "../../src/probe/view.js";
import { createProbeDocument } from "../../src/runs/document.js";
import type { RunHeader } from "../../src/runs/schema.js";
import type { ProbeEvent } from "../../src/verdict/events.js";
import { analyse } from "../../src/verdict/index.js";
import { call, FACTS, HEALTHY, LOCKED, LOCKED_END, looks, reading } from "../support/events.js";
import { NO_LOAD } from "../support/no-load.js";

const header: RunHeader = {
  kind: "run",
  schema: "llmctl.run/1",
  id: "20261123T090000-abcdef",
  startedAt: "2026-11-23T09:00:00.000Z",
  target: {
    baseUrl: "http://127.0.0.1:4000",
    endpoint: "/v1/messages",
    model: "m",
    version: null,
    key: "a".repeat(64),
  },
  limit: { value: 3, source: "key-info" },
  plan: {
    ...NO_LOAD,
    ...{ sequence: 4, burst: 4, rounds: 1, stream: false, ending: "completed", maxTokens: 16 },
    ...{ maxLagMs: 2000, settleMs: 24_000, shared: false, exclusive: false, temporary: false },
  },
  redis: { address: "redis://127.0.0.1:6379/0", namespace: null, key: null },
};

function documentFor(events: readonly ProbeEvent[], redis = true) {
  return createProbeDocument({
    header: redis ? header : { ...header, redis: null },
    events,
    ...analyse(FACTS, events),
    durationMs: 1234.5,
    run: "/state/llmctl/runs/x.ndjson",
    overhead: null,
  });
}
const shown = (events: readonly ProbeEvent[], redis = true) =>
  renderTable(view(documentFor(events, redis)), { colour: false, width: 0 });

const LEAK = [...LOCKED, ...looks(5, LOCKED_END, ["refused", "refused", "refused", "refused", "refused"])];

describe("the document of a probe", () => {
  it("is what its schema says, also for a run that saw nothing", () => {
    for (const events of [HEALTHY, LEAK, []]) expect(probeDocument.parse(documentFor(events))).toBeTruthy();
    expect(documentFor([], false).slots).toBeNull();
  });

  it("counts calls by their end", () => {
    const odd = [call(5, 500, 590, { ending: "failed", status: 500 }), call(6, 600, 690, { ending: "aborted" })];
    expect(documentFor([...LOCKED, ...odd]).requests).toEqual({ sent: 6, ok: 3, rejected: 1, failed: 1, aborted: 1 });
  });

  it("measures only calls that were answered", () => {
    const { latency } = documentFor(LEAK);
    expect(latency.total).toEqual({ p50Ms: 90, p90Ms: 90, p99Ms: 90, p999Ms: 90, maxMs: 90 });
    expect(latency.firstToken).toBeNull();
  });

  it("names the slots that were left, with their age by Redis's clock", () => {
    const calls = [1, 2].map((n) => call(n, n * 100, n * 100 + 90));
    const seen = [reading(0), reading(150, ["a"]), reading(30_000, ["a"], { moment: "look" })];
    const members = seen[1]?.members ?? [];
    const { slots } = documentFor([...calls, ...seen.slice(0, 2), { ...(seen[2] ?? reading(0)), members }]);
    expect(slots).toMatchObject({ before: 0, after: 1, shape: "slots" });
    expect(slots?.leaked).toEqual([{ id: "a", startedAt: "1970-01-01T00:16:40.000Z", ageMs: 30_000 }]);
  });
});

describe("what a person sees of a probe", () => {
  it("begins with the verdict, and says what was proved", () => {
    const text = shown(LEAK, false);
    expect(text.split("\n")[0]).toBe("FINDING: leak");
    expect(text).toContain("3 of 3 slots never came back within 24.0 s");
    expect(text).toContain("llmctl doctor");
    expect(text).toContain("/state/llmctl/runs/x.ndjson");
    expect(text).toContain("no Redis given");
  });

  it("says what is healthy in one sentence, and names no repair", () => {
    const text = shown(HEALTHY);
    expect(text.split("\n")[0]).toBe("HEALTHY: every slot came back, and no more than 3 of 8 calls ran at once");
    expect(text).not.toContain("llmctl doctor");
  });

  it("claims no more of a healthy one than calls alone can show", () => {
    expect(shown(HEALTHY, false).split("\n")[0]).toMatch(
      /^HEALTHY: all slots that were asked for again had come back, /,
    );
  });

  it("tells a Redis that did not answer from none, and from one that nobody has looked at", () => {
    const slotsRow = (document: ProbeDocument) =>
      /\nslots +(.*)/.exec(renderTable(view(document), { colour: false, width: 0 }))?.[1];
    const document = documentFor(HEALTHY, false);
    expect(slotsRow(document)).toBe("no Redis given");
    expect(slotsRow({ ...document, redisAway: true })).toBe("not seen: Redis did not answer");
    expect(slotsRow({ ...document, run: "" })).toBe("not looked at");
  });

  it("names the doubts that make it inconclusive", () => {
    const text = shown(HEALTHY.slice(0, 4));
    expect(text.split("\n")[0]).toBe("INCONCLUSIVE: not-enforced");
    expect(text).toContain("no burst was larger than the limit");
  });

  it("fits on one line with --quiet", () => {
    expect(brief(documentFor(HEALTHY))).toBe("/v1/messages: healthy");
    expect(brief(documentFor(LEAK))).toMatch(/^\/v1\/messages: leak: 3 of 3 slots/);
  });

  it("gives a row for each finding, and one when there is none", () => {
    expect(view(documentFor(LEAK)).rows).toMatchObject([{ status: "finding", kind: "leak" }]);
    expect(view(documentFor(HEALTHY)).rows).toMatchObject([{ status: "healthy", kind: null }]);
  });
});
