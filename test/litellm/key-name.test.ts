import fc from "fast-check";
import { expect, test } from "vitest";
import { type KeyName, parallelKey, parseKeyName } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";

const hash = ownerOfSecret("sk-a");

test("takes the names of all three shapes apart, in both namespace spellings", () => {
  expect(parseKeyName(`{api_key:${hash}}:max_parallel_requests`)).toEqual({
    name: `{api_key:${hash}}:max_parallel_requests`,
    family: "parallel",
    namespace: null,
    owner: { kind: "api_key", id: hash },
    field: "max_parallel_requests",
  });
  expect(parseKeyName(`prod:{api_key:${hash}}:max_parallel_requests`)).toMatchObject({
    namespace: "prod",
    family: "parallel",
  });
  expect(parseKeyName(`${hash}::2026-11-23-02-28::request_count`)).toMatchObject({
    family: "minute",
    namespace: null,
    owner: { kind: "api_key", id: hash },
    field: "request_count",
    minute: "2026-11-23-02-28",
  });
  expect(parseKeyName(`prod:${hash}::2026-11-23-02-28::request_count`)).toMatchObject({
    namespace: "prod",
    owner: { id: hash },
  });
});

test("keeps a model's minute apart from its key's", () => {
  expect(parseKeyName(`${hash}::gpt-4o::2026-11-23-02-28::request_count`)?.owner.id).toBe(`${hash}::gpt-4o`);
  expect(parseKeyName(`ns:${hash}::gpt-4o::2026-11-23-02-28::request_count`)).toMatchObject({
    namespace: "ns",
    owner: { id: `${hash}::gpt-4o` },
  });
  expect(parseKeyName(`a::b:${hash}::gpt-4o::2026-11-23-02-28::request_count`)).toMatchObject({
    namespace: "a::b",
    owner: { id: `${hash}::gpt-4o` },
  });
  expect(parseKeyName("a:b:own-key::us.model:0::2026-11-23-02-28::request_count")).toMatchObject({
    namespace: "a:b",
    owner: { id: "own-key::us.model:0" },
  });
});

test("calls everything but a key's parallel counter a rate, never to be touched", () => {
  const rates = [
    `{api_key:${hash}}:window`,
    `{api_key:${hash}}:requests`,
    `ns:{api_key:${hash}}:tokens`,
    "{user:lab}:tokens",
    "{team:t}:max_parallel_requests",
    `{model_per_key:${hash}:gpt-lab}:tokens`,
  ];
  for (const name of rates) expect(parseKeyName(name)?.family, name).toBe("rate");
});

test("knows none of what others keep in the same Redis", () => {
  const others = [
    "",
    "api_key",
    hash,
    `{api_key:${hash}}`,
    `{api_key:${hash}}:max_parallel_requests:backup`,
    `api_key:${hash}:max_parallel_requests`,
    `{API_KEY:${hash}}:max_parallel_requests`,
    `{api_key:${hash}}:Max_Parallel_Requests`,
    `{api_key:${hash}:max_parallel_requests`,
    `${hash}::2026-11-23-02-28::request_counts`,
    `${hash}::2026-11-23::request_count`,
    `${hash}:2026-11-23-02-28:request_count`,
    "global_router:1:gpt:rpm:02-28",
    "bull:jobs:window",
  ];
  for (const name of others) expect(parseKeyName(name), name).toBeUndefined();
});

/** Ids of custom-auth keys stand raw in Redis: they may hold anything but a brace, which would end the hash tag. */
const id = fc.string({ minLength: 1, unit: "binary" }).filter((text) => !/[{}]/.test(text));
const namespace = fc.option(fc.string({ minLength: 1 }).filter((text) => !/[{}]/.test(text) && !text.endsWith(":")));

test("finds the owner in every name that it writes", () => {
  fc.assert(
    fc.property(id, namespace, (owner, ns) => {
      const name = parallelKey(owner, ns);
      const expected: KeyName = {
        name,
        family: "parallel",
        namespace: ns,
        owner: { kind: "api_key", id: owner },
        field: "max_parallel_requests",
      };
      expect(parseKeyName(name)).toEqual(expected);
    }),
  );
});

test("finds the owner of every minute, of a key and of a model of it", () => {
  const model = fc.option(fc.string({ minLength: 1 }).filter((text) => !/[{}:]/.test(text)));
  const space = fc.option(
    fc.stringMatching(/^[a-z][a-z0-9:._-]{0,20}[a-z0-9]$/).filter((text) => !text.includes("::")),
  );
  const key = fc.oneof(fc.stringMatching(/^[0-9a-f]{64}$/), fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/));
  fc.assert(
    fc.property(key, model, space, (owner, group, ns) => {
      const own = group === null ? owner : `${owner}::${group}`;
      const name = `${ns === null ? "" : `${ns}:`}${own}::2026-11-23-02-28::request_count`;
      expect(parseKeyName(name)).toMatchObject({ family: "minute", namespace: ns, owner: { id: own } });
    }),
  );
});

test("never throws and is never slow, whatever a key is called", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => void parseKeyName(name)));
  const before = performance.now();
  parseKeyName(`${"{a:".repeat(20_000)}max_parallel_requests`);
  parseKeyName(`${"a::".repeat(20_000)}request_count`);
  parseKeyName(`${"1::2026-11-23-02-28".repeat(3_000)}::request_count`);
  expect(performance.now() - before).toBeLessThan(300);
});
