import { expect, test } from "vitest";
import { LitellmApi } from "../../../src/litellm/api/http.js";
import {
  changeKey,
  createKey,
  deleteKey,
  planBlock,
  planCreate,
  planUpdate,
} from "../../../src/litellm/api/key-changes.js";
import { findKey, listKeys } from "../../../src/litellm/api/keys.js";
import { collect } from "../../support/collect.js";
import { startWeb } from "../../support/http-stub.js";
import { errorOf } from "../../support/keys-session.js";
import { answerOf, RELEASES } from "../../support/recorded-replies.js";

const hash = "0".repeat(64);

/** How work on the API ends when the proxy answers everything as a release did in one recorded case. */
async function endWith(release: (typeof RELEASES)[number], name: string, work: (api: LitellmApi) => Promise<unknown>) {
  const { status, body } = answerOf("admin", release, name);
  await using web = await startWeb(() => ({ status, headers: { "content-type": "application/json" }, body }));
  const api = new LitellmApi({ baseUrl: web.url, apiKey: "sk-admin", timeoutMs: 5000 });
  return await errorOf(work(api));
}

const show = (api: LitellmApi) => findKey(api, hash);
const update = (api: LitellmApi) => changeKey(api, hash, planUpdate(hash, { rpm_limit: 1 }));
const block = (api: LitellmApi) => changeKey(api, hash, planBlock(hash, true));
const remove = (api: LitellmApi) => deleteKey(api, hash);
const create = (api: LitellmApi) => createKey(api, planCreate({}));
const list = (api: LitellmApi) => collect(listKeys(api));

for (const release of RELEASES) {
  test(`${release}: an unknown key is exit 2`, async () => {
    const ends = [
      await endWith(release, "show an unknown hash", show),
      await endWith(release, "show a deleted key", show),
      await endWith(release, "update an unknown key", update),
      await endWith(release, "block an unknown key", block),
      await endWith(release, "unblock an unknown key", block),
      await endWith(release, "delete an unknown key", remove),
    ];
    for (const end of ends) expect(end).toMatchObject({ exit: 2, code: "unknown-key" });
  });

  test(`${release}: a refused admin key is exit 4, though the status may be the same`, async () => {
    const ends = [
      await endWith(release, "create as a stranger", create),
      await endWith(release, "create as nobody", create),
      await endWith(release, "create as an ordinary key", create),
      await endWith(release, "show as a stranger", show),
      await endWith(release, "show as nobody", show),
      await endWith(release, "update as a stranger", update),
      await endWith(release, "block as a stranger", block),
      await endWith(release, "delete as a stranger", remove),
      await endWith(release, "list as a stranger", list),
      await endWith(release, "list as an ordinary key", list),
    ];
    for (const end of ends) expect(end).toMatchObject({ exit: 4, code: "not-allowed" });
  });

  test(`${release}: a refused request is exit 2 with the proxy's own words`, async () => {
    expect(await endWith(release, "create with an alias in use", create)).toMatchObject({
      exit: 2,
      message: expect.stringContaining("Key with alias 'own' already exists"),
    });
    expect(await endWith(release, "create with a limit that is text", create)).toMatchObject({
      exit: 2,
      message: expect.stringContaining("max_parallel_requests: Input should be a valid integer"),
    });
    expect(await endWith(release, "create with a key of another form", create)).toMatchObject({
      exit: 2,
      message: expect.stringMatching(/: Invalid key format\. .* Received: [^"'{}]*$/),
    });
  });

  test(`${release}: a path that is not there is not LiteLLM`, async () => {
    expect(await endWith(release, "an unknown path", show)).toMatchObject({ exit: 5, code: "not-litellm" });
    expect(await endWith(release, "an unknown path", update)).toMatchObject({ exit: 5, code: "not-litellm" });
  });
}
