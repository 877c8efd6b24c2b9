import { expect, test } from "vitest";
import { LitellmApi } from "../../../src/litellm/api/http.js";
import { changeKey, createKey, planBlock, planCreate, planUpdate } from "../../../src/litellm/api/key-changes.js";
import { findKey, listKeys } from "../../../src/litellm/api/keys.js";
import { aliasOf, limitOf, readKeyDirectory } from "../../../src/litellm/key-directory.js";
import { collect } from "../../support/collect.js";
import { startWeb, type WebRequest } from "../../support/http-stub.js";
import { errorOf } from "../../support/keys-session.js";
import { answerOf, RELEASES } from "../../support/recorded-replies.js";

const own = "466556224dffa9eedea343cd518c326540c36055ba9d8230ca2f8068f7d05efa";

const apiOf = (baseUrl: string) => new LitellmApi({ baseUrl, apiKey: "sk-admin", timeoutMs: 5000 });

for (const release of RELEASES) {
  const proxy = (name: string | ((request: WebRequest) => string)) =>
    startWeb((request) => {
      const { status, body } = answerOf("admin", release, typeof name === "string" ? name : name(request));
      return { status, headers: { "content-type": "application/json" }, body };
    });

  test(`${release}: reads the rows of every verb, keeping fields that llmctl does not know`, async () => {
    await using info = await proxy("show by hash");
    const found = await findKey(apiOf(info.url), own);
    expect(found).toMatchObject({
      token: own,
      row: { token: own, key_alias: "own", max_parallel_requests: 2, spend: 0 },
    });

    await using update = await proxy("update");
    const updated = await changeKey(apiOf(update.url), own, planUpdate(own, { max_parallel_requests: 5 }));
    expect(updated).toMatchObject({ max_parallel_requests: 5, metadata: { team: "b" }, soft_budget_cooldown: false });

    await using block = await proxy("block");
    expect(await changeKey(apiOf(block.url), own, planBlock(own, true))).toMatchObject({ token: own, blocked: true });

    await using made = await proxy("create");
    const key = await createKey(apiOf(made.url), planCreate({ max_parallel_requests: 2 }));
    expect(key).toMatchObject({ token: own, row: { rpm_limit: 50, metadata: { owner: "test" } } });
    expect(key.secret).toMatch(/^sk-/);
  });

  test(`${release}: reads a list of rows, a list of hashes, and an empty one`, async () => {
    await using list = await proxy(({ query }) => (query.get("page") === "1" ? "list" : "list a page past the end"));
    const rows = await collect(listKeys(apiOf(list.url)));
    expect(rows.length).toBeGreaterThanOrEqual(2);
    for (const { token, row } of rows) expect(row.token).toBe(token);

    await using hashes = await proxy(({ query }) =>
      query.get("page") === "1" ? "list hashes only" : "list a page past the end",
    );
    for (const { token } of await collect(listKeys(apiOf(hashes.url)))) expect(token).toMatch(/^[0-9a-f]{64}$/);

    await using empty = await proxy("list without keys");
    expect(await collect(listKeys(apiOf(empty.url)))).toEqual([]);
  });

  test(`${release}: finds a key by its alias`, async () => {
    await using web = await proxy("list by alias");
    expect(await findKey(apiOf(web.url), "own")).toMatchObject({ token: own });
    await using none = await proxy("list by an alias that nobody has");
    expect(await errorOf(findKey(apiOf(none.url), "nobody"))).toMatchObject({ exit: 2, code: "unknown-key" });
  });
}

test("takes only the very same alias, on whatever page a proxy lists it among similar ones", async () => {
  const similar = Array.from({ length: 100 }, (_, at) => ({
    token: String(at).padStart(64, "0"),
    key_alias: `ci-${at}`,
  }));
  const wanted = { token: "f".repeat(64), key_alias: "ci" };
  await using web = await startWeb(({ query }) => ({
    body: {
      keys: query.get("page") === "1" ? similar : [{ ...wanted, key_alias: "CI", token: "e".repeat(64) }, wanted],
      total_pages: 2,
    },
  }));
  expect(await findKey(apiOf(web.url), "ci")).toMatchObject({ token: wanted.token });
  expect(web.asked[0]?.query.get("key_alias")).toBe("ci");
});

test("names the hashes when several keys have the alias", async () => {
  const keys = ["a", "b"].map((letter) => ({ token: letter.repeat(64), key_alias: "ci" }));
  await using web = await startWeb(() => ({ body: { keys, total_pages: 1 } }));
  expect(await errorOf(findKey(apiOf(web.url), "ci"))).toMatchObject({
    exit: 2,
    code: "ambiguous-alias",
    message: expect.stringContaining("aaaaaaaaaaaa…, bbbbbbbbbbbb…"),
  });
});

test("goes on to the next page when a proxy does not say how many there are", async () => {
  const page = Array.from({ length: 100 }, (_, at) => ({ token: String(at).padStart(64, "0") }));
  await using web = await startWeb(({ query }) => ({
    body: { keys: query.get("page") === "1" ? page : [{ token: "f".repeat(64) }] },
  }));
  expect(await collect(listKeys(apiOf(web.url)))).toHaveLength(101);
  expect(web.asked).toHaveLength(2);
});

test("makes a roster of limits and aliases by hash", async () => {
  const token = "a".repeat(64);
  const keys = [{ token, key_alias: "ci", max_parallel_requests: 5 }, { token: "b".repeat(64) }];
  await using web = await startWeb(() => ({ body: { keys, total_pages: 1 } }));
  const keyDirectory = await readKeyDirectory(apiOf(web.url));
  expect([aliasOf(keyDirectory, token), limitOf(keyDirectory, token)]).toEqual(["ci", 5]);
  expect([aliasOf(keyDirectory, "b".repeat(64)), limitOf(keyDirectory, "b".repeat(64))]).toEqual([null, null]);
  expect(aliasOf(keyDirectory, "unknown")).toBeNull();
});
