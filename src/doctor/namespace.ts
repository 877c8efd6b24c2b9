import type { Settings } from "../config/settings.js";
import { valueOr } from "./fact.js";
import type { ProxyFacts } from "./proxy-facts.js";

/** The namespace of the limiter's keys: as it was typed, else as the proxy tells; null for none. */
export function namespaceOf({ redisNamespace }: Settings, { cache, coordination }: ProxyFacts): string | null {
  const told = cache.known ? cache.value?.namespace : undefined;
  return redisNamespace ?? told ?? valueOr(coordination, null)?.namespace ?? null;
}
