import { expect, test } from "vitest";
import * as keys from "../../src/keys/command.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { session } from "./session.js";
import { startWeb } from "./web.js";

const SECRET = "sk-a-secret-of-a-test-0001";
const token = ownerOfSecret(SECRET);

test("makes a key, looks at what was stored, and gives the secret once", async () => {
  const row = { token, key_alias: "ci", max_parallel_requests: 5, models: [], metadata: {} };
  await using web = await startWeb(({ path }) =>
    path === "/key/generate" ? { body: { ...row, key: SECRET } } : { body: { key: token, info: row } },
  );
  const { context, stderr } = session({ baseUrl: web.url });
  const outcome = await keys.create(context, { alias: "ci", maxParallelRequests: "5" });
  expect(outcome).toMatchObject({ exit: 0, brief: SECRET, reveals: [SECRET] });
  expect(outcome.document).toMatchObject({ schema: "llmctl.key/1", key: { key: SECRET, token }, changed: [] });
  expect(web.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /key/generate", "GET /key/info"]);
  expect(web.asked[0]?.body).toEqual({ key_alias: "ci", max_parallel_requests: 5 });
  expect(stderr()).not.toContain(SECRET);
});
