import { expect, test } from "vitest";
import { MOST_SERIES, seriesOf } from "../../../src/doctor/reconcile/leaked.js";
import { plan } from "../../../src/doctor/repair/plan.js";
import { parallelKey } from "../../../src/litellm/key-name.js";
import { NOW, patientOf } from "../patients.js";
import { hash, member } from "../surgery.js";

const circumstances = { expected: null, idle: null, olderThanMs: 900_000, windowMs: 60_000, longestCallMs: 60_000 };
const ownerAt = (n: number) => n.toString(16).padStart(6, "0").padEnd(64, "0");

const holding = (id: string, ages: readonly number[], more = {}) =>
  patientOf(
    parallelKey(id),
    {
      ...{ type: "zset", ttlMs: 3_600_000, timeMs: NOW, value: "", size: ages.length },
      members: ages.map((age, at) => ({ id: member(at), score: NOW / 1000 - age })),
    },
    more,
  );

test("tells held, limit and what evidence shows to be left behind", () => {
  const patients = [holding(hash, [1000, 950, 3], { alias: "team-a", limit: 4 }), holding(ownerAt(7), [5])];
  expect(seriesOf(patients, plan(patients, circumstances))).toEqual({
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
  const patients = [...many, sick];
  const { series, omitted } = seriesOf(patients, plan(patients, circumstances));
  expect(series.length).toBe(MOST_SERIES);
  expect(omitted).toBe(51);
  expect(series[0]).toMatchObject({ leaked: 1, held: 1 });
  const heldAfter = series.slice(1).map(({ held }) => held);
  expect(heldAfter).toEqual([...heldAfter].sort((a, b) => b - a));
});

test("the secret of a custom-auth key, which its name in Redis holds, is in no label", () => {
  const secret = "my-custom-auth-secret";
  const { series } = seriesOf([holding(secret, [5])], []);
  expect(series.length).toBe(1);
  expect(JSON.stringify(series)).not.toContain("custom");
});

test("two keys of one alias stay two", () => {
  const { series } = seriesOf(
    [holding(ownerAt(1 << 20), [5], { alias: "a" }), holding("f".repeat(64), [5], { alias: "a" })],
    [],
  );
  expect(new Set(series.map(({ key }) => key)).size).toBe(2);
});
