import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as keys from "../../src/keys/command.js";
import { readReference } from "../../src/keys/reference.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { startWeb } from "../support/http-stub.js";
import { errorOf, session } from "../support/keys-session.js";

const SECRET = "sk-a-secret-of-a-test-0001";
const folder = mkdtempSync(join(tmpdir(), "llmctl-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, "key.txt");
  writeFileSync(path, content);
  return path;
}

test("takes a hash or an alias as it is", async () => {
  const { context } = session();
  expect(await readReference(context, "ci", undefined)).toBe("ci");
  expect(await readReference(context, "ab".repeat(32), undefined)).toBe("ab".repeat(32));
});

test("takes a secret from a file or stdin, and goes on with its hash alone", async () => {
  expect(await readReference(session().context, undefined, file(`${SECRET}\n`))).toBe(ownerOfSecret(SECRET));
  const { context } = session({}, { stdin: `${SECRET}\n` });
  expect(await readReference(context, undefined, "-")).toBe(ownerOfSecret(SECRET));
});

test("sends the hash of a secret, never the secret, which a proxy would write into its log", async () => {
  await using web = await startWeb(() => ({ body: { key: "x", info: {} } }));
  await keys.show(session({ baseUrl: web.url }).context, undefined, { keyFile: file(SECRET) });
  expect(web.asked.map(({ query }) => query.get("key"))).toEqual([ownerOfSecret(SECRET)]);
});

test("refuses a secret as an argument without repeating it", async () => {
  for (const verb of [keys.show, keys.update, keys.delete, keys.block, keys.unblock]) {
    const error = await errorOf(
      verb(session({ baseUrl: "http://127.0.0.1:1" }).context, SECRET, { rpm: "5" } as never),
    );
    expect(error).toMatchObject({ exit: 2, code: "secret-as-argument", hint: expect.stringContaining("--key-file") });
    expect(error.message + error.hint).not.toContain(SECRET);
  }
});

test("refuses a secret as the name of a file without repeating it", async () => {
  const error = await errorOf(readReference(session().context, undefined, SECRET));
  expect(error).toMatchObject({ exit: 2, code: "secret-as-argument" });
  expect(error.message + error.hint).not.toContain(SECRET);
});

test("refuses two keys, no key, and a file that holds none", async () => {
  const { context } = session();
  expect(await errorOf(readReference(context, "ci", file(SECRET)))).toMatchObject({ exit: 2, code: "two-keys" });
  expect(await errorOf(readReference(context, undefined, undefined))).toMatchObject({ exit: 2, code: "no-key" });
  expect(await errorOf(readReference(context, "", undefined))).toMatchObject({ exit: 2, code: "no-key" });
  expect(await errorOf(readReference(context, undefined, file("two words")))).toMatchObject({ exit: 2 });
  const other = await errorOf(readReference(context, undefined, file("password-of-something-else")));
  expect(other).toMatchObject({ exit: 2, code: "bad-secret" });
  expect(other.message).not.toContain("password-of");
});
