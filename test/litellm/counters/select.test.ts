import { expect, test } from "vitest";
import { select } from "../../../src/litellm/counters/select.js";
import type { KeyDirectory } from "../../../src/litellm/key-directory.js";
import { parallelKey, parseKeyName } from "../../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../../src/litellm/owner.js";

const hash = ownerOfSecret("sk-one");
const other = ownerOfSecret("sk-two");
const nasty = "team*[a]?";
const keyDirectory: KeyDirectory = new Map([
  [hash, { token: hash, key_alias: nasty }],
  [other, { token: other, key_alias: "team-b" }],
]);
const nameOf = (id: string) => {
  const name = parseKeyName(parallelKey(id));
  if (!name) throw new Error("not a limiter key");
  return name;
};

test("an alias full of glob characters means just the key that has it", () => {
  const { includes } = select(nasty, undefined, keyDirectory);
  expect(includes(nameOf(hash))).toBe(true);
  expect(includes(nameOf(other))).toBe(false);
});

test("a hash means its owner, with or without a proxy", () => {
  expect(select(hash, undefined, new Map()).includes(nameOf(hash))).toBe(true);
  expect(select(hash, undefined, new Map()).includes(nameOf(other))).toBe(false);
});

test("the key in a file is found by its hash, and its text is in no glob", () => {
  const { globs, includes } = select(undefined, "sk-one", keyDirectory);
  expect(includes(nameOf(hash))).toBe(true);
  expect(globs?.join()).not.toContain("sk-one");
});

test("a Redis key means itself, a glob what it matches", () => {
  expect(select(parallelKey(hash), undefined, keyDirectory).globs).toEqual([parallelKey(hash)]);
  expect(select("prod:*", undefined, keyDirectory).globs).toEqual(["prod:*"]);
});

test("a secret as an argument is refused, and not repeated", () => {
  expect(() => select("sk-secret-key-1234", undefined, keyDirectory)).toThrow(/as an argument/);
  expect(() => select("sk-secret-key-1234", undefined, keyDirectory)).not.toThrow(/secret-key-1234/);
});

test("an alias that the proxy does not know is an error, not an empty list", () => {
  expect(() => select("team-x", undefined, keyDirectory)).toThrow(/no key with the alias "team-x"/);
});

test("a glob finds keys by alias too", () => {
  const { globs } = select("team-*", undefined, keyDirectory);
  expect(globs).toEqual(expect.arrayContaining(["team-*", expect.stringContaining(other)]));
  expect(globs?.join()).not.toContain(hash);
});
