import { call } from "./calls.js";
import type { Asker, Request } from "./exchange.js";

/** Fixed, so that answers compare equal; nobody else's proxy knows it. */
const ownKey = "sk-own-key-of-a-test-000001";
/** sha256 of `ownKey`. */
const ownHash = "466556224dffa9eedea343cd518c326540c36055ba9d8230ca2f8068f7d05efa";

const post = (path: string, body: unknown, asker: Asker = "admin"): Request => ({ method: "POST", path, asker, body });
const get = (path: string, asker: Asker = "admin"): Request => ({ method: "GET", path, asker });
const noHash = "0".repeat(64);

/** What the admin API is asked, in this order, on a proxy whose database is new. */
export const adminRequests: readonly (readonly [name: string, request: Request])[] = [
  ["list without keys", get("/key/list?return_full_object=true&page=1&size=100")],
  [
    "create",
    post("/key/generate", {
      key: ownKey,
      key_alias: "own",
      max_parallel_requests: 2,
      rpm_limit: 50,
      metadata: { owner: "test" },
    }),
  ],
  ["create with an alias in use", post("/key/generate", { key_alias: "own" })],
  ["create a key that exists", post("/key/generate", { key: ownKey, max_parallel_requests: 9 })],
  ["create without a limit", post("/key/generate", {})],
  ["create with a limit of zero", post("/key/generate", { max_parallel_requests: 0, key_alias: "zero" })],
  ["create with a negative limit", post("/key/generate", { max_parallel_requests: -1, key_alias: "negative" })],
  ["create with a limit that is text", post("/key/generate", { max_parallel_requests: "many" })],
  ["create with a bad duration", post("/key/generate", { duration: "soon", key_alias: "soon" })],
  ["create with a key of another form", post("/key/generate", { key: "own-key-of-a-test" })],
  ["create with an unknown field", post("/key/generate", { no_such_field: 1, key_alias: "unknown-field" })],
  ["create with a body that is not JSON", post("/key/generate", "{nope")],
  ["create as a stranger", post("/key/generate", {}, "stranger")],
  ["create as nobody", post("/key/generate", {}, "nobody")],
  ["create as an ordinary key", post("/key/generate", {}, ownKey)],
  ["show by key", get(`/key/info?key=${ownKey}`)],
  ["show by hash", get(`/key/info?key=${ownHash}`)],
  ["show an unknown hash", get(`/key/info?key=${noHash}`)],
  ["show an unknown key", get("/key/info?key=sk-nobody-has-this-one")],
  ["show as a stranger", get(`/key/info?key=${ownHash}`, "stranger")],
  ["show as nobody", get(`/key/info?key=${ownHash}`, "nobody")],
  ["show itself as an ordinary key", get("/key/info", ownKey)],
  ["show without saying which", get("/key/info")],
  ["list", get("/key/list?return_full_object=true&page=1&size=2")],
  ["list hashes only", get("/key/list?page=1&size=2")],
  ["list by alias", get("/key/list?key_alias=own&return_full_object=true")],
  ["list by an alias that nobody has", get("/key/list?key_alias=nobody&return_full_object=true")],
  ["list by hash", get(`/key/list?key_hash=${ownHash}&return_full_object=true`)],
  ["list a page past the end", get("/key/list?page=99&size=100&return_full_object=true")],
  ["list too large a page", get("/key/list?size=101")],
  ["list as a stranger", get("/key/list", "stranger")],
  ["list as an ordinary key", get("/key/list", ownKey)],
  ["update", post("/key/update", { key: ownHash, max_parallel_requests: 5, metadata: { team: "b" } })],
  ["update takes a limit away", post("/key/update", { key: ownHash, max_parallel_requests: null })],
  ["show after the updates", get(`/key/info?key=${ownHash}`)],
  ["update an unknown key", post("/key/update", { key: noHash, max_parallel_requests: 5 })],
  ["update as a stranger", post("/key/update", { key: ownHash, max_parallel_requests: 5 }, "stranger")],
  ["update to an alias in use", post("/key/update", { key: ownHash, key_alias: "zero" })],
  ["block", post("/key/block", { key: ownHash })],
  ["block an unknown key", post("/key/block", { key: noHash })],
  ["block as a stranger", post("/key/block", { key: ownHash }, "stranger")],
  ["call with a blocked key", call(ownKey, "chat", "hello")],
  ["unblock", post("/key/unblock", { key: ownHash })],
  ["unblock an unknown key", post("/key/unblock", { key: noHash })],
  ["regenerate without a licence", post(`/key/${ownHash}/regenerate`, {})],
  ["delete as a stranger", post("/key/delete", { keys: [ownHash] }, "stranger")],
  ["delete an unknown key", post("/key/delete", { keys: [noHash] })],
  ["delete by alias", post("/key/delete", { key_aliases: ["zero"] })],
  ["delete by an alias that nobody has", post("/key/delete", { key_aliases: ["nobody"] })],
  ["delete", post("/key/delete", { keys: [ownHash, noHash] })],
  ["show a deleted key", get(`/key/info?key=${ownHash}`)],
  ["call with a deleted key", call(ownKey, "chat", "hello")],
  ["delete a deleted key", post("/key/delete", { keys: [ownHash] })],
  ["an unknown path", get("/key/no-such-path")],
];
