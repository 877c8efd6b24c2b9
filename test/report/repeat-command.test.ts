import { expect, it } from "vitest";
import { findEndpoint } from "../../src/llm/endpoints/index.js";
import { describeEnding, type ProbeFlags, parseProbeOptions } from "../../src/probe/options.js";
import { planFor } from "../../src/probe/plan.js";
import { repeatLine } from "../../src/report/repeat-command.js";
import type { RunHeader } from "../../src/runs/schema.js";
import { understand } from "../support/program.js";
import { header } from "../support/run-records.js";

const plan = (rest: Partial<RunHeader["plan"]>, more: Partial<RunHeader> = {}): RunHeader => {
  const base = header("x", more);
  return { ...base, plan: { ...base.plan, ...rest } };
};

const LOAD = { perS: null, callers: null, forMs: 15_000, calls: 300, pauseMs: 250, warmUpMs: 2000 };

it.each([
  ["as it is by default", plan({})],
  ["without a burst", plan({ sequence: 9, burst: 0 })],
  ["in rounds", plan({ sequence: 80, burst: 20, rounds: 5 })],
  ["of streams that are left", plan({ stream: true, ending: "aborted after 3 content events" })],
  ["left after a time, with a key used by others", plan({ ending: "aborted after 500 ms", shared: true })],
  [
    "with a limit by flag and no Redis",
    plan({ exclusive: true }, { limit: { value: 3, source: "flag" }, redis: null }),
  ],
  [
    "with a key made for it and an odd model",
    plan({ temporary: true }, { target: { ...header("x").target, model: "it's a model" } }),
  ],
  ["without a key", plan({}, { target: { ...header("x").target, key: "none" } })],
  ["at a rate", plan({ sequence: 0, load: { ...LOAD, perS: 20 } })],
  [
    "of callers on connections that stay",
    plan({ sequence: 0, load: { ...LOAD, callers: 8, pauseMs: 100 }, keepAlive: true }),
  ],
  ["through a window", plan({ sequence: 0, stream: true, load: { ...LOAD, forMs: 70_000 }, windowMs: 60_000 })],
  ["after a warm-up, that gives up on failures", plan({ warmUp: 2, bail: 0.125 })],
])("the line that repeats a run %s asks for the same plan", (_what, one) => {
  const line = repeatLine(one);
  expect(line).not.toContain("internal");
  const words = [...line.replaceAll("\\\n", " ").matchAll(/'((?:[^']|'\\'')*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single?.replaceAll("'\\''", "'") ?? double ?? bare ?? "",
  );
  const { flags } = understand(words.slice(1));
  const typed = flags as unknown as ProbeFlags;
  const options = parseProbeOptions(typed);
  expect(planFor(options, one.limit.value, one.redis !== null)).toEqual({
    sequence: one.plan.sequence,
    burst: one.plan.burst,
  });
  const { sequence: _sequence, burst: _burst, temporary: _temporary, ...asked } = one.plan;
  expect({ ...options, ending: describeEnding(options.leave) }).toMatchObject(asked);
  expect(typed.model).toBe(one.target.model);
  expect(findEndpoint(words[2] ?? "")).toBe("messages");
  expect(typed.tempKey ?? false).toBe(one.plan.temporary);
  expect(typed.key ?? true).toBe(one.target.key !== "none");
  expect(typed.keyFile !== undefined).toBe(!one.plan.temporary && one.target.key !== "none");
});
