import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { READ_RIGHTS } from "../../src/redis/acl.js";

const page = readFileSync(new URL("../../docs/redis.md", import.meta.url), "utf8");

test("docs/redis.md lists the rights to read that the tests run with", () => {
  expect(page).toContain(`ACL SETUSER llmctl on >password ${READ_RIGHTS.join(" ")}`);
});

test("docs/redis.md lists every command of the scripts that repair and undo", () => {
  const scripts = ["release-counter", "release-slots", "restore-key", "restore-slots", "save"].map((name) =>
    readFileSync(new URL(`../../src/litellm/lua/${name}.lua`, import.meta.url), "utf8"),
  );
  const used = new Set([...scripts.join().matchAll(/call\("([A-Z]+)"/g)].map((match) => match[1]?.toLowerCase()));
  expect([...used].filter((name) => !page.includes(`+${name}`))).toEqual([]);
  expect(used.size).toBeGreaterThan(10);
});

test("docs/redis.md lists every command of the lock's scripts", () => {
  const names = ["clock", "lean", "exchange", "renew", "state"];
  const scripts = names.map((name) =>
    readFileSync(new URL(`../../src/limiter/lua/${name}.lua`, import.meta.url), "utf8"),
  );
  const used = new Set(
    [...scripts.join().matchAll(/call\(\s*['"]([A-Z]+)['"]/g)].map((match) => match[1]?.toLowerCase()),
  );
  expect([...used].filter((name) => name !== "spublish" && !page.includes(`+${name}`))).toEqual([]);
  expect(used.size).toBeGreaterThan(5);
});
