import type { KeyName } from "./key-name.js";
import { NAMESPACED_SINCE } from "./namespace-rules.js";
import { compareVersions, isVersion } from "./releases.js";

/** The namespace in which a deployment counts. */
export interface NamespaceInForce {
  /** Null: plain names. */
  readonly name: string | null;
  /**
   * Whether the operator, the proxy or its configuration named it; otherwise only plain names count as the
   * deployment's.
   */
  readonly told: boolean;
}

/** What the operator named by `--key` or `--key-file`. */
export interface NamedKeys {
  /** A whole Redis key; null when it was not one. */
  readonly redisKey: string | null;
  /** Hashes, also of an alias. */
  readonly owners: readonly string[];
}

/** The examined one of the deployments that may share a Redis, as far as it is known. */
export interface Deployment {
  readonly namespace: NamespaceInForce;
  /** Its release; null when unknown or not a release. */
  readonly version: string | null;
  /** The keys that its proxy lists, by hash; null when there is no list. */
  readonly listed: Pick<ReadonlySet<string>, "has"> | null;
  readonly named: NamedKeys;
  /** `--all-namespaces`: the operator takes responsibility for every counter in this Redis. */
  readonly everything: boolean;
}

/** Whether a counter belongs to the deployment. */
export interface Ownership {
  /** Why the counter is not the deployment's, as the end of "not yours: …"; null when it is. */
  readonly notOurs: string | null;
  /** It is examined only because the operator named it: nothing known of the proxy confirms it. */
  readonly onlyNamed: boolean;
}

/**
 * Decides whose counter it is. Several deployments share a Redis by namespace, and a repair must not take the slots of
 * another one's calls. A counter is the deployment's when it is in the namespace in force and its owner is in the
 * proxy's list. `--key` lifts both conditions for one whole Redis key, and for a hash or an alias only the list;
 * `--all-namespaces` lifts both for all.
 */
export function ownershipOf(name: KeyName, deployment: Deployment): Ownership {
  const { named, everything, listed } = deployment;
  const elsewhere = whyElsewhere(name, deployment);
  // A minute key may have a model after its owner.
  const [owner = ""] = name.owner.id.split("::");
  const unlisted = listed !== null && !listed.has(owner) ? "the proxy does not list its key" : null;
  const reason = elsewhere ?? unlisted;
  const lifted = everything || named.redisKey === name.name || (elsewhere === null && named.owners.includes(owner));
  return { notOurs: lifted ? null : reason, onlyNamed: lifted && reason !== null };
}

/**
 * Why a counter is outside the namespace in force. Up to 1.90 LiteLLM admits by the plain name whatever its namespace,
 * so the plain name is the deployment's too. From 1.91 on, and always for minute counters, the namespace is part of
 * every name.
 */
function whyElsewhere(name: KeyName, { namespace: { name: ours, told }, version }: Deployment): string | null {
  if (name.namespace === ours) return null;
  if (name.namespace !== null) {
    const here = `in namespace ${name.namespace}`;
    if (ours !== null) return `${here}, and this deployment's is ${ours}`;
    return told
      ? `${here}, and this deployment has none`
      : `${here}, and the namespace of this deployment is not known`;
  }
  if (name.family === "minute") return `a plain name, and this deployment counts under ${ours}:…`;
  if (version === null || !isVersion(version)) {
    return `a plain name, and only LiteLLM before ${NAMESPACED_SINCE} counts by it beside namespace ${ours}: the release is not known`;
  }
  return compareVersions(version, NAMESPACED_SINCE) < 0
    ? null
    : `a plain name, and LiteLLM ${version} counts under ${ours}:…`;
}
