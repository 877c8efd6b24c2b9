import { expect, test } from "vitest";
import type { Settings } from "../../src/config/settings.js";
import { namespaceOf } from "../../src/diagnose/facts/namespace.js";
import { known, notConfigured } from "../../src/diagnose/lookup.js";
import type { CacheDescription, Coordination } from "../../src/litellm/api/cache.js";

const cacheOf = (namespace: string | null | undefined): CacheDescription => ({
  ...{ runId: null, host: "redis", port: 6379, db: 0, away: null },
  namespace,
});
const limiterOf = (source: Coordination["source"], namespace: string | null, host: string | null = "redis") =>
  known({ source, host, port: 6379, namespace });
const silent = notConfigured("not asked");
const inForce = (
  settings: Partial<Settings>,
  cache: CacheDescription | null | undefined,
  coordination: ReturnType<typeof limiterOf> | typeof silent = silent,
) => namespaceOf(settings as Settings, { cache: cache === undefined ? silent : known(cache), coordination });

const typed = { redisNamespace: "typed" };
const configured = { redisNamespace: "configured", namespaceFromLitellm: true };

test("what was typed goes before what the proxy tells, and that before LiteLLM's configuration", () => {
  expect(inForce(typed, cacheOf("told"))).toEqual({ name: "typed", told: true });
  expect(inForce(configured, cacheOf("told"))).toEqual({ name: "told", told: true });
  expect(inForce(configured, cacheOf(null))).toEqual({ name: null, told: true });
  expect(inForce(configured, cacheOf(undefined))).toEqual({ name: "configured", told: true });
});

test("a proxy that says there is none has told; one that does not say, or was not asked, has not", () => {
  expect(inForce({}, cacheOf("told"))).toEqual({ name: "told", told: true });
  expect(inForce({}, cacheOf(null))).toEqual({ name: null, told: true });
  for (const cache of [cacheOf(undefined), null, undefined]) {
    expect(inForce({}, cache)).toEqual({ name: null, told: false });
  }
});

test("a Redis of the limiter's own has a namespace of its own, whatever that of the cache is", () => {
  const own = (namespace: string | null, host?: string | null) => limiterOf("coordination_redis", namespace, host);
  expect(inForce({}, cacheOf("cache"), own("own"))).toEqual({ name: "own", told: true });
  expect(inForce({}, cacheOf("cache"), own(null))).toEqual({ name: null, told: true });
  expect(inForce({}, cacheOf("cache"), own(null, null))).toEqual({ name: null, told: false });
  expect(inForce({}, cacheOf(undefined), limiterOf("cache_backend", "told"))).toEqual({ name: "told", told: true });
  expect(inForce({}, cacheOf("cache"), limiterOf("cache_backend", null))).toEqual({ name: "cache", told: true });
});
