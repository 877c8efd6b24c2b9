import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as keys from "../../src/keys/command.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { startWeb, type WebReply } from "../support/http-stub.js";
import { errorOf, session } from "../support/keys-session.js";

const SECRET = "sk-a-secret-of-a-test-0001";
const token = ownerOfSecret(SECRET);
const folder = mkdtempSync(join(tmpdir(), "llmctl-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A proxy that makes the key and stores `stored` whatever was asked. */
const maker = (stored: Record<string, unknown>, info: WebReply = { body: { key: token, info: stored } }) =>
  startWeb(({ path, body }) => (path === "/key/generate" ? { body: { ...body, key: SECRET, token } } : info));

test("makes a key, looks at what was stored, and gives the secret once", async () => {
  await using web = await maker({ key_alias: "ci", max_parallel_requests: 5 });
  const { context, stderr } = session({ baseUrl: web.url });
  const outcome = await keys.create(context, { alias: "ci", maxParallelRequests: "5" });
  expect(outcome).toMatchObject({ exit: 0, brief: SECRET, reveals: [SECRET] });
  expect(outcome.document).toMatchObject({ schema: "llmctl.key/1", key: { key: SECRET, token }, changed: [] });
  expect(web.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /key/generate", "GET /key/info"]);
  expect(web.asked[0]?.body).toEqual({ key_alias: "ci", max_parallel_requests: 5 });
  expect(stderr()).not.toContain(SECRET);
});

test("says what the proxy capped, left out and filled in by itself", async () => {
  await using web = await maker({ max_parallel_requests: 2, tpm_limit: 1000, models: ["small"], metadata: { a: "1" } });
  const { context, stderr } = session({ baseUrl: web.url }, { quiet: true });
  const outcome = await keys.create(context, { maxParallelRequests: "5", team: "gone", metadata: ["a=1", "b=2"] });
  expect(outcome).toMatchObject({
    exit: 0,
    document: {
      changed: [
        { field: "max_parallel_requests", asked: 5, stored: 2 },
        { field: "team_id", asked: "gone", stored: null },
        { field: "metadata.b", asked: "2", stored: null },
        { field: "tpm_limit", asked: null, stored: 1000 },
        { field: "models", asked: [], stored: ["small"] },
      ],
    },
  });
  expect(stderr()).toContain("max_parallel_requests: asked 5, stored 2");
  expect(stderr()).toContain("tpm_limit: not asked for, stored 1000");
});

test("gives the secret also when what was stored cannot be checked", async () => {
  await using web = await maker({}, { status: 500, body: "Internal Server Error" });
  const { context, stderr } = session({ baseUrl: web.url });
  const outcome = await keys.create(context, { maxParallelRequests: "5" });
  expect(outcome).toMatchObject({ exit: 0, brief: SECRET, document: { key: { key: SECRET } } });
  expect(stderr()).toContain("could not be checked");
});

test("writes the secret to a new file that only its owner reads, and shows it nowhere else", async () => {
  await using web = await maker({ max_parallel_requests: 5 });
  const { context, stderr } = session({ baseUrl: web.url });
  const path = join(folder, "new.txt");
  const outcome = await keys.create(context, { maxParallelRequests: "5", writeKey: path });
  expect(readFileSync(path, "utf8")).toBe(`${SECRET}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(outcome) + stderr()).not.toContain(SECRET);
  expect(outcome).toMatchObject({ brief: token, document: { writtenTo: path, key: { token } } });
});

test("makes no key when the file exists or cannot be written", async () => {
  await using web = await maker({});
  const { context } = session({ baseUrl: web.url });
  const existing = join(folder, "existing.txt");
  writeFileSync(existing, "mine");
  for (const path of [existing, join(folder, "no-such-folder", "key.txt"), folder]) {
    const error = await errorOf(keys.create(context, { maxParallelRequests: "5", writeKey: path }));
    expect(error).toMatchObject({ exit: 2, code: "unwritable-file" });
  }
  expect(readFileSync(existing, "utf8")).toBe("mine");
  expect(web.asked).toEqual([]);
});

test("leaves no empty file behind when no key was made", async () => {
  await using web = await startWeb(() => ({ status: 400, body: { error: { message: "alias taken" } } }));
  const { context } = session({ baseUrl: web.url });
  const path = join(folder, "left.txt");
  expect(await errorOf(keys.create(context, { alias: "ci", writeKey: path }))).toMatchObject({ exit: 2 });
  expect(existsSync(path)).toBe(false);
});

test("never asks off a terminal: without a word about the key it is exit 2 naming the flag", async () => {
  await using web = await maker({});
  const { context } = session({ baseUrl: web.url });
  const error = await errorOf(keys.create(context, {}));
  expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining("--mpr") });
  await keys.create(session({ baseUrl: web.url, yes: true }).context, {});
  expect(web.asked[0]?.body).toEqual({});
});

test("a dry run says what would be sent, makes no file, and is a finding", async () => {
  await using web = await maker({});
  const { context } = session({ baseUrl: web.url, dryRun: true });
  const path = join(folder, "dry.txt");
  const outcome = await keys.create(context, { maxParallelRequests: "5", rpm: "10", writeKey: path });
  expect(outcome).toMatchObject({
    exit: 3,
    document: {
      planned: { method: "POST", path: "/key/generate", body: { max_parallel_requests: 5, rpm_limit: 10 } },
    },
  });
  expect(web.asked).toEqual([]);
  expect(existsSync(path)).toBe(false);
});

test("says that the key may be there when the answer did not come", async () => {
  await using web = await startWeb(() => ({ after: 3000 }));
  const { context } = session({ baseUrl: web.url, timeoutMs: 200 });
  const error = await errorOf(keys.create(context, { maxParallelRequests: "5" }));
  expect(error).toMatchObject({ exit: 5, hint: "look: llmctl keys list" });
  expect(error.message).toContain("the key may have been made");
  const interrupted = session({ baseUrl: web.url });
  setTimeout(interrupted.interrupt, 100);
  expect(await errorOf(keys.create(interrupted.context, { maxParallelRequests: "5" }))).toMatchObject({ exit: 130 });
});
