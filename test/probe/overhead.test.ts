import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/config/clock.js";
import { compare, measureOverhead } from "../../src/probe/overhead.js";

const pairs = (bare: readonly number[], calls: readonly number[]) =>
  bare.map((bareMs, at) => ({ bareMs, callMs: calls[at] ?? 0 }));
const range = (count: number, from: number) => Array.from({ length: count }, (_, at) => from + at);

const PATIENT_MS = 10_000;

function spin(ms: number): number {
  const since = performance.now();
  while (performance.now() - since < ms);
  return performance.now();
}

describe("what the probe adds", () => {
  it("is what its calls take beyond the median of bare round trips", () => {
    expect(compare(pairs(range(99, 1), range(99, 101)))).toEqual({ p50Ms: 100, p99Ms: 149 });
  });

  it("is never less than nothing", () => {
    expect(compare(pairs(range(20, 100), range(20, 1)))).toEqual({ p50Ms: 0, p99Ms: 0 });
  });

  it("is not told from too few", () => {
    expect(compare(pairs(range(9, 1), range(9, 1)))).toBeNull();
    expect(compare(pairs(range(10, 1), range(10, 1)))).not.toBeNull();
  });

  it("is measured, and leaves nothing open", async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((one) => one.startsWith("TCP"));
    const before = sockets();
    const measured = await measureOverhead(systemClock, new AbortController().signal, PATIENT_MS);
    expect(measured?.p50Ms).toBeGreaterThanOrEqual(0);
    expect(measured?.p99Ms).toBeGreaterThanOrEqual(Number(measured?.p50Ms));
    await expect.poll(sockets).toEqual(before);
  });

  it("counts what the probe does between its stamps", async () => {
    // On this clock time passes when it is asked: a bare round trip has two stamps, a call one more for each thing that it notes.
    let now = 0;
    const clock = { ...systemClock, monotonic: () => ++now };
    const measured = await measureOverhead(clock, new AbortController().signal, PATIENT_MS);
    expect(measured).toEqual({ p50Ms: 2, p99Ms: 2 });
  });

  it("takes no longer than it may", async () => {
    // A clock that takes its time makes every call long.
    const clock = { ...systemClock, monotonic: () => spin(20) };
    const since = performance.now();
    expect(await measureOverhead(clock, new AbortController().signal, 100)).toBeNull();
    expect(performance.now() - since).toBeLessThan(1500);
  });

  it("ends at once, without a figure, when it is interrupted", async () => {
    expect(await measureOverhead(systemClock, AbortSignal.abort())).toBeNull();
    const control = new AbortController();
    const measuring = measureOverhead(systemClock, control.signal);
    control.abort();
    expect(await measuring).toBeNull();
  });
});
