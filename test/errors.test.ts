import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERRORS, EXIT, LlmctlError, usageError } from "../src/errors.js";
import { sources } from "./support/imports.js";

test("docs/errors.md lists every code, its exit and what it means, and no other", () => {
  const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, exit, meaning]) => [
    code,
    { exit: Number(exit), meaning },
  ]);
  expect(Object.fromEntries(rows)).toEqual(ERRORS);
  expect(rows.map(([code]) => code)).toEqual(Object.keys(ERRORS));
});

test("every code is thrown somewhere", () => {
  const text = [...sources].filter(([path]) => path !== "errors.ts").map(([, source]) => source);
  const thrown = (code: string) => code === "interrupted" || text.some((source) => source.includes(`"${code}"`));
  expect(Object.keys(ERRORS).filter((code) => !thrown(code))).toEqual([]);
});

test("an error has the exit code of its code, its hint and its cause", () => {
  const cause = new Error("why");
  const error = usageError({ code: "bad-number", message: "three is no number", hint: "write 3", cause });
  expect(error).toBeInstanceOf(LlmctlError);
  expect(error).toMatchObject({ code: "bad-number", exit: EXIT.usage, hint: "write 3", cause });
});
