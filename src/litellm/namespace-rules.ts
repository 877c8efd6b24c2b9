import type { KeyName } from "./key-name.js";
import { compareVersions, isVersion } from "./releases.js";

/** First release that uses the namespace for every key of the limiter; before it, admission used the plain name. */
export const NAMESPACED_SINCE = "1.91.0";

/** What is known of the proxy's namespace; null when unknown. */
export interface NamespaceContext {
  readonly version: string | null;
  readonly namespace: string | null;
}

/**
 * Why the proxy no longer uses a counter of this name for admission; undefined when it does, or when that is unknown.
 */
export function orphanReason(name: KeyName, { version, namespace }: NamespaceContext): string | undefined {
  if (name.family !== "parallel" || version === null || !isVersion(version) || namespace === null) return undefined;
  const namespaced = compareVersions(version, NAMESPACED_SINCE) >= 0;
  if (namespaced && name.namespace === null) {
    return `LiteLLM ${version} counts under ${namespace}:…; nothing lowers this plain name any more`;
  }
  if (!namespaced && name.namespace === namespace) {
    return `LiteLLM ${version} admits by the plain name and takes only failures off this one: it drifts down and means nothing`;
  }
  return undefined;
}
