import { expect, test } from "vitest";
import type { CheckResult } from "../../src/output/documents/doctor.js";
import { changesOf, conditionsOf } from "../../src/watch/conditions.js";

const check = (id: string, status: CheckResult["status"], findings: [key: string | null, text: string][] = []) => ({
  ...{ id, status, title: id, detail: `${id} in a word`, advice: "" },
  findings: findings.map(([key, text]) => ({
    ...{ key, text, place: null, severity: "warn" as const, advice: "" },
    ...{ evidence: [], link: null, issues: [] },
  })),
});

test("each finding of a check that warns or fails is a condition; one without findings is one itself", () => {
  const checks = [
    check("proxy", "pass"),
    check("redis", "fail"),
    check("limiter", "skip"),
    check("slots", "warn", [
      ["a", "A"],
      ["b", "B"],
    ]),
  ];
  expect(conditionsOf(checks)).toEqual([
    { check: "redis", status: "fail", key: null, text: "redis in a word" },
    { check: "slots", status: "warn", key: "a", text: "A" },
    { check: "slots", status: "warn", key: "b", text: "B" },
  ]);
});

test("says what came, went and got worse, and nothing of ages that moved on", () => {
  const before = conditionsOf([
    check("slots", "warn", [
      ["a", "oldest 15 min"],
      ["b", "oldest 20 min"],
    ]),
  ]);
  const after = conditionsOf([
    check("slots", "fail", [["a", "oldest 16 min"]]),
    check("locked", "warn", [["c", "at 3 of 3"]]),
  ]);
  expect(changesOf(before, before)).toEqual([]);
  expect(
    changesOf(
      before,
      conditionsOf([
        check("slots", "warn", [
          ["a", "oldest 99 min"],
          ["b", "oldest 7 h"],
        ]),
      ]),
    ),
  ).toEqual([]);
  expect(changesOf(before, after).map(({ change, key, status }) => [change, key, status])).toEqual([
    ["changed", "a", "fail"],
    ["appeared", "c", "warn"],
    ["gone", "b", "warn"],
  ]);
});

test("a condition of no key is known by its words, whatever numbers are in them", () => {
  const one = conditionsOf([
    check("known-leaks", "warn", [
      [null, "3 calls leak"],
      [null, "mirrors"],
    ]),
  ]);
  const two = conditionsOf([check("known-leaks", "warn", [[null, "4 calls leak"]])]);
  expect(changesOf(one, two).map(({ change, text }) => [change, text])).toEqual([["gone", "mirrors"]]);
});

test("the first look tells all that is there as present", () => {
  expect(changesOf(undefined, conditionsOf([check("redis", "fail")]))).toMatchObject([
    { change: "present", check: "redis" },
  ]);
});
