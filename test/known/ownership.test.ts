import { describe, expect, test } from "vitest";
import { parallelKey } from "../../src/litellm/key-name.js";
import { type Deployment, type NamespaceInForce, ownershipOf } from "../../src/litellm/ownership.js";
import { HASH, named } from "./shapes/readings.js";

const minute = (namespace = "") => named(`${namespace}${HASH}::gpt-4::2026-11-23-02-28::request_count`);
/** The counters of one key, in every spelling: plain, in the namespace in force, in another. */
const SPELLINGS = {
  plain: named(parallelKey(HASH)),
  dev: named(parallelKey(HASH, "dev")),
  prod: named(parallelKey(HASH, "prod")),
  plainMinute: minute(),
  devMinute: minute("dev:"),
  prodMinute: minute("prod:"),
};
type Spelling = keyof typeof SPELLINGS;
const spellings = Object.keys(SPELLINGS) as Spelling[];

const NAMESPACES = {
  dev: { name: "dev", told: true },
  none: { name: null, told: true },
  untold: { name: null, told: false },
} satisfies Record<string, NamespaceInForce>;
const RELEASES = ["1.79.1", "1.90.9", "1.91.0", "1.109.1", "unknown", null] as const;
const LISTS = { listed: new Set([HASH]), "not listed": new Set(["f".repeat(64)]), "not to be had": null };

const plainNames: Spelling[] = ["plain", "plainMinute"];
/** Where the counters of the deployment stand, by its namespace and release. */
function inside(namespace: keyof typeof NAMESPACES, release: (typeof RELEASES)[number]): Spelling[] {
  if (namespace !== "dev") return plainNames;
  return release === "1.79.1" || release === "1.90.9" ? ["plain", "dev", "devMinute"] : ["dev", "devMinute"];
}

const nobody = { redisKey: null, owners: [] };
const examined = (more: Partial<Deployment>): Deployment => ({
  namespace: NAMESPACES.dev,
  version: "1.109.1",
  listed: null,
  named: nobody,
  everything: false,
  ...more,
});
const ours = (deployment: Deployment): Spelling[] =>
  spellings.filter((one) => ownershipOf(SPELLINGS[one], deployment).notOurs === null);

describe("a counter is the deployment's", () => {
  for (const namespace of Object.keys(NAMESPACES) as (keyof typeof NAMESPACES)[]) {
    for (const version of RELEASES) {
      const within = inside(namespace, version);
      const at = { namespace: NAMESPACES[namespace], version };
      const what = `namespace ${namespace}, release ${version}`;

      test(`${what}: in these spellings, where the proxy lists its key or no list could be had`, () => {
        expect(ours(examined({ ...at, listed: LISTS.listed }))).toEqual(within);
        expect(ours(examined({ ...at, listed: LISTS["not to be had"] }))).toEqual(within);
        expect(ours(examined({ ...at, listed: LISTS["not listed"] }))).toEqual([]);
      });

      test(`${what}: a hash lifts the list and not the namespace, a Redis key both for itself, --all-namespaces both`, () => {
        for (const listed of Object.values(LISTS)) {
          const all = { ...at, listed };
          expect(ours(examined({ ...all, named: { redisKey: null, owners: [HASH] } }))).toEqual(within);
          expect(ours(examined({ ...all, everything: true }))).toEqual(spellings);
          const base = ours(examined(all));
          for (const one of spellings) {
            const named = { redisKey: SPELLINGS[one].name, owners: [] };
            const also = spellings.filter((other) => other === one || base.includes(other));
            expect(ours(examined({ ...all, named }))).toEqual(also);
          }
        }
      });
    }
  }

  test("and another owner that was named lifts nothing", () => {
    const named = { redisKey: parallelKey("f".repeat(64)), owners: ["f".repeat(64)] };
    expect(ours(examined({ listed: LISTS["not listed"], named }))).toEqual([]);
  });
});

test("what is known of the proxy says nothing of a counter that only the operator's word includes", () => {
  const of = (one: Spelling, more: Partial<Deployment>) => ownershipOf(SPELLINGS[one], examined(more));
  expect(of("dev", { everything: true })).toEqual({ notOurs: null, onlyNamed: false });
  expect(of("prod", { everything: true })).toEqual({ notOurs: null, onlyNamed: true });
  expect(of("prod", {})).toMatchObject({ onlyNamed: false });
  expect(of("prod", { named: { redisKey: SPELLINGS.prod.name, owners: [] } }).onlyNamed).toBe(true);
  expect(of("dev", { listed: LISTS["not listed"], named: { redisKey: null, owners: [HASH] } }).onlyNamed).toBe(true);
  expect(of("dev", { listed: LISTS.listed, named: { redisKey: null, owners: [HASH] } }).onlyNamed).toBe(false);
});

test("the reason names what was compared", () => {
  const why = (one: Spelling, more: Partial<Deployment> = {}) => ownershipOf(SPELLINGS[one], examined(more)).notOurs;
  expect(why("prod")).toBe("in namespace prod, and this deployment's is dev");
  expect(why("prod", { namespace: NAMESPACES.none })).toBe("in namespace prod, and this deployment has none");
  expect(why("prod", { namespace: NAMESPACES.untold })).toMatch(/the namespace of this deployment is not known$/);
  expect(why("plain")).toBe("a plain name, and LiteLLM 1.109.1 counts under dev:…");
  expect(why("plain", { version: null })).toMatch(/the release is not known$/);
  expect(why("plainMinute", { version: "1.79.1" })).toBe("a plain name, and this deployment counts under dev:…");
  expect(why("dev", { listed: new Set<string>() })).toBe("the proxy does not list its key");
});
