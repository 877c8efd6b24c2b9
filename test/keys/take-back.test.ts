import { existsSync, mkdtempSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import * as keys from "../../src/keys/command.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { startWeb } from "../support/http-stub.js";
import { errorOf, session } from "../support/keys-session.js";

const newPath = () => join(mkdtempSync(join(tmpdir(), "llmctl-secret-")), "key");

/** Every write to an open file fails as on a full disk. */
async function fillDisk(): Promise<void> {
  await using file = await open("/dev/null", "w");
  vi.spyOn(Object.getPrototypeOf(file), "writeFile").mockRejectedValue(
    Object.assign(new Error("no space left on device"), { code: "ENOSPC" }),
  );
}
afterEach(() => vi.restoreAllMocks());

test("deletes the key again when the disk takes no secret", async () => {
  const secret = "sk-a-secret-of-a-test-0001";
  await using web = await startWeb(({ path }) =>
    path === "/key/generate" ? { body: { key: secret, token: ownerOfSecret(secret) } } : { body: { deleted_keys: [] } },
  );
  const { context } = session({ baseUrl: web.url });
  await fillDisk();
  const writeKey = newPath();
  const error = await errorOf(keys.create(context, { maxParallelRequests: "5", writeKey }));
  expect(error).toMatchObject({ exit: 2, message: expect.stringContaining("ENOSPC") });
  expect(error.message).not.toContain(secret);
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/delete", body: { keys: [ownerOfSecret(secret)] } });
  expect(existsSync(writeKey)).toBe(false);
});

test("a reply that names another key than the one it made is exit 5, and only the one that was made is deleted", async () => {
  const secret = "sk-a-secret-of-a-test-0002";
  const other = ownerOfSecret("sk-production");
  await using web = await startWeb(({ path }) =>
    path === "/key/generate" ? { body: { key: secret, token: other } } : { body: { deleted_keys: [] } },
  );
  const { context } = session({ baseUrl: web.url });
  const error = await errorOf(keys.create(context, { maxParallelRequests: "5", writeKey: newPath() }));
  expect(error).toMatchObject({ exit: 5, code: "other-key" });
  expect(error.message).not.toContain(secret);
  expect(web.asked.map(({ path, body }) => [path, body])).toEqual([
    ["/key/generate", { max_parallel_requests: 5 }],
    ["/key/delete", { keys: [ownerOfSecret(secret)] }],
  ]);
});
