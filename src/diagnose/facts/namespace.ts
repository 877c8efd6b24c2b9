import type { TargetSettings } from "../../config/settings.js";
import type { NamespaceInForce } from "../../litellm/ownership.js";
import { valueOr } from "../lookup.js";
import type { ProxyFacts } from "./proxy-facts.js";

type Told = Pick<ProxyFacts, "cache" | "coordination">;

/**
 * The namespace in force: as the operator named it, else as the proxy tells it, else as LiteLLM's configuration has it.
 */
export function namespaceOf({ redisNamespace, namespaceFromLitellm }: TargetSettings, facts: Told): NamespaceInForce {
  const typed = namespaceFromLitellm ? undefined : redisNamespace;
  const name = typed ?? toldBy(facts);
  // The proxy's "none" is an answer too; a configuration may be another's, or not in force yet.
  if (name !== undefined) return { name, told: true };
  return { name: redisNamespace ?? null, told: redisNamespace !== undefined };
}

/** Null: the proxy says that there is none; undefined: it does not say. */
function toldBy({ cache, coordination }: Told): string | null | undefined {
  const limiter = valueOr(coordination, null);
  // A Redis of the limiter's own has a namespace of its own; that of the cache is another matter.
  if (limiter?.source === "coordination_redis") return limiter.namespace ?? (limiter.host === null ? undefined : null);
  const ofCache = valueOr(cache, null)?.namespace;
  return ofCache ?? limiter?.namespace ?? ofCache;
}
