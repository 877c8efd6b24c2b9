import { expect, test } from "vitest";
import * as keys from "../../src/keys/command.js";
import { startWeb, type WebReply } from "../support/http-stub.js";
import { errorOf, session } from "../support/keys-session.js";

const token = "ab".repeat(32);
const row = {
  token,
  key_alias: "ci",
  max_parallel_requests: 5,
  rpm_limit: 100,
  models: [],
  metadata: { owner: "ci", nested: { a: 1 } },
  blocked: null,
};

/** A proxy with one key. `answer` is what it says to a change; else what was asked, over the row. */
const proxy = (answer?: WebReply) =>
  startWeb(({ path, body }) => {
    if (path === "/key/list") return { body: { keys: [row], total_pages: 1 } };
    if (path === "/key/info") return { body: { key: token, info: { ...row, token: undefined } } };
    return answer ?? { body: { ...row, ...body } };
  });

test("sends only what was typed, and null for none", async () => {
  await using web = await proxy();
  const { context } = session({ baseUrl: web.url });
  const outcome = await keys.update(context, "ci", { maxParallelRequests: "none", rpm: "7" });
  expect(web.asked.at(-1)).toMatchObject({ method: "POST", path: "/key/update" });
  expect(web.asked.at(-1)?.body).toEqual({ key: token, max_parallel_requests: null, rpm_limit: 7 });
  expect(outcome).toMatchObject({ exit: 0, brief: token, document: { schema: "llmctl.key/1", changed: [] } });
  expect(outcome.document).not.toHaveProperty("key.key");
});

test("keeps the notes that are there, which LiteLLM would throw away, and says so", async () => {
  await using web = await proxy();
  const { context, stderr } = session({ baseUrl: web.url });
  await keys.update(context, token, { metadata: ["owner=me", "since=2026"] });
  expect(web.asked.at(-1)?.body.metadata).toEqual({ owner: "me", since: "2026", nested: { a: 1 } });
  expect(stderr()).toContain("kept and sent along: nested");
});

test("says what was stored otherwise", async () => {
  await using web = await proxy({ body: { ...row, max_parallel_requests: 3 } });
  const { context, stderr } = session({ baseUrl: web.url });
  const { document } = await keys.update(context, "ci", { maxParallelRequests: "50" });
  expect(document).toMatchObject({ changed: [{ field: "max_parallel_requests", asked: 50, stored: 3 }] });
  expect(stderr()).toContain("asked 50, stored 3");
});

test("has nothing to change without a flag", async () => {
  await using web = await proxy();
  const error = await errorOf(keys.update(session({ baseUrl: web.url }).context, "ci", {}));
  expect(error).toMatchObject({ exit: 2, code: "nothing-to-change" });
  expect(web.asked).toEqual([]);
});

test("a dry run writes nothing, and is a finding only when something would change", async () => {
  await using web = await proxy();
  const { context } = session({ baseUrl: web.url, dryRun: true });
  const ends = [
    await keys.update(context, "ci", { maxParallelRequests: "6" }),
    await keys.update(context, "ci", { maxParallelRequests: "5", metadata: ["owner=ci"] }),
    await keys.update(context, "ci", { duration: "1d" }),
    await keys.update(context, "ci", { duration: "none" }),
    await keys.block(context, "ci", {}),
    await keys.unblock(context, "ci", {}),
    await keys.delete(context, "ci", {}),
  ];
  expect(ends.map(({ exit }) => exit)).toEqual([3, 0, 3, 0, 3, 0, 3]);
  expect(ends.map(({ document }) => (document as { planned?: { path: string } | null }).planned?.path)).toEqual([
    "/key/update",
    undefined,
    "/key/update",
    undefined,
    "/key/block",
    undefined,
    "/key/delete",
  ]);
  expect(web.asked.every(({ method }) => method === "GET")).toBe(true);
});

test("blocks and unblocks by hash", async () => {
  await using web = await startWeb(({ path }) => {
    if (path === "/key/info") return { body: { key: token, info: row } };
    return { body: { ...row, blocked: path === "/key/block" } };
  });
  const { context, stderr } = session({ baseUrl: web.url });
  const blocked = await keys.block(context, token, {});
  expect(blocked.document).toMatchObject({ key: { token, blocked: true } });
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/block", body: { key: token } });
  expect(stderr()).toContain("60 s");
  expect((await keys.unblock(context, token, {})).document).toMatchObject({ key: { blocked: false } });
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/unblock", body: { key: token } });
});

test("shows the row as LiteLLM has it, unknown fields too, with the hash that it leaves out", async () => {
  await using web = await startWeb(() => ({ body: { key: token, info: { key_alias: "ci", new_field: [1] } } }));
  const { document, exit } = await keys.show(session({ baseUrl: web.url }).context, token, {});
  expect({ document, exit }).toMatchObject({ exit: 0, document: { key: { key_alias: "ci", new_field: [1], token } } });
});

test("deletes after consent only: off a terminal that is --yes", async () => {
  await using web = await proxy({ body: { deleted_keys: [token] } });
  const error = await errorOf(keys.delete(session({ baseUrl: web.url }).context, "ci", {}));
  expect(error).toMatchObject({ exit: 2, hint: expect.stringContaining("--yes") });
  expect(web.asked.map(({ path }) => path)).toEqual(["/key/list"]);
  const { context, stderr } = session({ baseUrl: web.url, yes: true });
  const outcome = await keys.delete(context, "ci", {});
  expect(outcome).toMatchObject({ exit: 0, document: { key: { token, key_alias: "ci" } } });
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/delete", body: { keys: [token] } });
  expect(stderr()).toContain('deleted "ci"');
});
