import type { TargetSettings } from "../../config/settings.js";
import {
  type CacheDescription,
  type Coordination,
  describeCache,
  describeCoordination,
  readBacklog,
} from "../../litellm/api/cache.js";
import { LitellmApi } from "../../litellm/api/http.js";
import { describeProxy, type ProxyDescription } from "../../litellm/api/proxy.js";
import { type KeyDirectory, readKeyDirectory } from "../../litellm/key-directory.js";
import { type Lookup, lookup, type Missing, notConfigured } from "../lookup.js";

/** What the proxy told; each part may be unknown by itself. */
export interface ProxyFacts {
  readonly proxy: Lookup<ProxyDescription>;
  readonly keyDirectory: Lookup<KeyDirectory>;
  /** Null: the proxy has no cache block that names a Redis. */
  readonly cache: Lookup<CacheDescription | null>;
  /** Null: the release is older than the endpoint. */
  readonly coordination: Lookup<Coordination | null>;
  /** Calls in flight in the worker that answered; null: the release is older than the endpoint. */
  readonly backlog: Lookup<number | null>;
}

/** How the proxy is asked. */
interface ProxyAccess {
  readonly settings: TargetSettings;
  readonly signal: AbortSignal;
}

const all = (proxy: Lookup<ProxyDescription>, rest: Missing): ProxyFacts => ({
  proxy,
  keyDirectory: rest,
  cache: rest,
  coordination: rest,
  backlog: rest,
});

/** Asks only how many calls are in flight, of a proxy that has told before. */
export const askBacklog = ({ settings, signal }: ProxyAccess): Promise<Lookup<number | null>> => {
  const { baseUrl = "", apiKey, timeoutMs } = settings;
  return lookup(readBacklog(new LitellmApi({ baseUrl, apiKey, timeoutMs, signal })));
};

/**
 * Asks the proxy, if one was named. It reads only, unless `mayWrite` lets it ask what makes the proxy write to Redis.
 */
export async function askProxy({ settings, signal }: ProxyAccess, mayWrite = false): Promise<ProxyFacts> {
  const untyped = settings.redisNamespace === undefined || settings.namespaceFromLitellm === true;
  const { baseUrl, apiKey, timeoutMs } = settings;
  if (baseUrl === undefined) {
    const none = notConfigured("no proxy was named", "give --base-url http://host:4000, or set LITELLM_PROXY_URL");
    return all(none, none);
  }
  const api = new LitellmApi({ baseUrl, apiKey, timeoutMs, signal });
  const proxy = await lookup(describeProxy(api));
  if (!proxy.known) return all(proxy, notConfigured("the proxy did not tell"));
  if (!api.hasKey) {
    return all(
      proxy,
      notConfigured("no admin key was given", "set LITELLM_PROXY_API_KEY, or name a file: --api-key-file key.txt"),
    );
  }
  const [keyDirectory, cache, coordination, backlog] = await Promise.all([
    lookup(readKeyDirectory(api)),
    lookup(describeCache(api, { mayWrite, namespace: untyped })),
    lookup(describeCoordination(api)),
    lookup(readBacklog(api)),
  ]);
  return { proxy, keyDirectory, cache, coordination, backlog };
}
