import { expect, test } from "vitest";
import { plan } from "../../src/diagnose/plan.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { MOST_SERIES, metricSeries } from "../../src/watch/metric-series.js";
import { counterOf, NOW } from "../support/counter-arbitraries.js";
import { hash, member } from "../support/doctor-fixture.js";

const counterContext = { expected: null, idle: null, olderThanMs: 900_000, windowMs: 60_000, longestCallMs: 60_000 };
const ownerAt = (n: number) => n.toString(16).padStart(6, "0").padEnd(64, "0");

const holding = (id: string, ages: readonly number[], more = {}) =>
  counterOf(
    parallelKey(id),
    {
      ...{ type: "zset", ttlMs: 3_600_000, timeMs: NOW, value: "", size: ages.length },
      members: ages.map((age, at) => ({ id: member(at), score: NOW / 1000 - age })),
    },
    more,
  );

test("tells held, limit and what evidence shows to be left behind", () => {
  const counters = [holding(hash, [1000, 950, 3], { alias: "team-a", limit: 4 }), holding(ownerAt(7), [5])];
  expect(metricSeries(counters, plan(counters, counterContext))).toEqual({
    series: [
      { owner: "team-a", namespace: "", key: hash.slice(0, 12), held: 3, limit: 4, leaked: 2 },
      { owner: ownerAt(7).slice(0, 12), namespace: "", key: ownerAt(7).slice(0, 12), held: 1, limit: null, leaked: 0 },
    ],
    omitted: 0,
  });
});

test("tells a bounded number of keys: those with something left behind first, then the fullest; and how many it leaves out", () => {
  const many = Array.from({ length: MOST_SERIES + 50 }, (_, n) => holding(ownerAt(n), Array(1 + (n % 3)).fill(5)));
  const sick = holding(ownerAt(9999), [2000]);
  const counters = [...many, sick];
  const { series, omitted } = metricSeries(counters, plan(counters, counterContext));
  expect(series.length).toBe(MOST_SERIES);
  expect(omitted).toBe(51);
  expect(series[0]).toMatchObject({ leaked: 1, held: 1 });
  const heldAfter = series.slice(1).map(({ held }) => held);
  expect(heldAfter).toEqual([...heldAfter].sort((a, b) => b - a));
});

test("the secret of a custom-auth key, which its name in Redis holds, is in no label", () => {
  const secret = "my-custom-auth-secret";
  const { series } = metricSeries([holding(secret, [5])], []);
  expect(series.length).toBe(1);
  expect(JSON.stringify(series)).not.toContain("custom");
});

test("two keys of one alias stay two", () => {
  const { series } = metricSeries(
    [holding(ownerAt(1 << 20), [5], { alias: "a" }), holding("f".repeat(64), [5], { alias: "a" })],
    [],
  );
  expect(new Set(series.map(({ key }) => key)).size).toBe(2);
});
