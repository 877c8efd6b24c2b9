import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { requireApiKey, requireBaseUrl, requireRedis } from "../../src/config/context.js";
import { parseCount, parseDuration } from "../../src/config/duration.js";
import { readSecret } from "../../src/config/secret.js";
import { errorOf, surroundings } from "../support/keys-session.js";

const folder = mkdtempSync(join(tmpdir(), "llmctl-words-"));
afterAll(() => rmSync(folder, { recursive: true }));

const end = (work: () => unknown) => errorOf(Promise.resolve().then(work));
const secret = (path: string, stdin = "") => readSecret(path, "--key-file", Readable.from([stdin]));

test.each([
  ["500ms", 500],
  ["65s", 65_000],
  ["15m", 900_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["1.5h", 5_400_000],
  ["30", 30_000],
  [" 5s ", 5000],
  ["0", 0],
])("reads the time %s", (text, ms) => {
  expect(parseDuration(text, "--settle")).toBe(ms);
});

test("refuses what is no time, naming the flag", async () => {
  for (const text of ["", "soon", "-1s", "5 s", "5y", "1h30m", "ms", "1e3", "0x5"]) {
    const error = await end(() => parseDuration(text, "--settle"));
    expect(error, text).toMatchObject({ exit: 2, code: "bad-duration", message: expect.stringContaining("--settle") });
  }
});

test("reads whole numbers from a least one on, naming the flag otherwise", async () => {
  expect([parseCount("5", "-n"), parseCount(" 7 ", "-n"), parseCount("0", "-n", 0)]).toEqual([5, 7, 0]);
  for (const text of ["0", "-1", "1.5", "", "five", "1e3", "9007199254740993"]) {
    const error = await end(() => parseCount(text, "-n"));
    expect(error, text).toMatchObject({ exit: 2, code: "bad-number", message: expect.stringContaining("-n") });
  }
});

test("reads a secret from a file or from stdin, without the space around it", async () => {
  const path = join(folder, "key.txt");
  writeFileSync(path, "\n sk-in-a-file \r\n");
  expect(await secret(path)).toBe("sk-in-a-file");
  expect(await secret("-", "sk-on-stdin\n")).toBe("sk-on-stdin");
});

test("refuses a file that holds no secret, two, or is not there, and never repeats what it holds", async () => {
  const path = join(folder, "bad.txt");
  for (const [content, code] of [
    ["", "empty-secret"],
    [" \n", "empty-secret"],
    ["sk-planted-one sk-planted-two", "bad-secret"],
  ] as const) {
    writeFileSync(path, content);
    const error = await errorOf(secret(path));
    expect(error).toMatchObject({ exit: 2, code, message: expect.stringContaining("--key-file") });
    expect(error.message + error.hint).not.toContain("planted");
  }
  expect(await errorOf(secret(join(folder, "gone")))).toMatchObject({ exit: 2, code: "unreadable-file" });
  expect(await errorOf(secret(folder))).toMatchObject({ exit: 2, code: "unreadable-file" });
  expect(await errorOf(secret("-", ""))).toMatchObject({ exit: 2, code: "empty-secret" });
});

test("takes no key for the name of a file, and does not repeat it", async () => {
  const error = await errorOf(secret("sk-planted-key-0001"));
  expect(error).toMatchObject({ exit: 2, code: "secret-as-argument" });
  expect(error.message + error.hint).not.toContain("planted");
});

test("says how to give what a command cannot do without", async () => {
  const { apiKey: _, ...settings } = surroundings({}).settings;
  expect(await end(() => requireBaseUrl(settings))).toMatchObject({
    exit: 2,
    hint: expect.stringContaining("LITELLM_PROXY_URL"),
  });
  expect(await end(() => requireApiKey(settings))).toMatchObject({
    exit: 2,
    hint: expect.stringContaining("--api-key-file"),
  });
  expect(await end(() => requireRedis(settings))).toMatchObject({
    exit: 2,
    hint: expect.stringContaining("--redis-url"),
  });
});
