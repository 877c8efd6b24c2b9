import { expect, test, vi } from "vitest";
import * as keys from "../../src/keys/command.js";
import { errorOf, session } from "./session.js";
import { startWeb } from "./web.js";

const closed = vi.hoisted(() => vi.fn());

vi.mock("../../src/keys/secret-file.js", () => ({
  openSecretFile: async (path: string) => ({
    path,
    write: () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" })),
    close: async () => closed(),
  }),
}));

test("deletes the key again when the disk takes no secret", async () => {
  const secret = "sk-a-secret-of-a-test-0001";
  await using web = await startWeb(({ path }) =>
    path === "/key/generate" ? { body: { key: secret, token: "t".repeat(64) } } : { body: { deleted_keys: [] } },
  );
  const { context } = session({ baseUrl: web.url });
  const error = await errorOf(keys.create(context, { maxParallelRequests: "5", writeKey: "full" }));
  expect(error).toMatchObject({ exit: 2, message: expect.stringContaining("ENOSPC") });
  expect(error.message).not.toContain(secret);
  expect(web.asked.at(-1)).toMatchObject({ path: "/key/delete", body: { keys: ["t".repeat(64)] } });
  expect(closed).toHaveBeenCalledOnce();
});
