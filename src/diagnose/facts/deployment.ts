import type { Selection } from "../../litellm/counters/select.js";
import type { Deployment, NamespaceInForce } from "../../litellm/ownership.js";
import { valueOr } from "../lookup.js";
import type { DoctorOptions } from "../options.js";
import type { ProxyFacts } from "./proxy-facts.js";
import { releaseOf } from "./release.js";

/** The deployment that is examined, as flags and proxy tell of it: whose counters are ours. */
export function deploymentOf(
  { options, told }: { readonly options: DoctorOptions; readonly told: ProxyFacts },
  namespace: NamespaceInForce,
  { named }: Selection,
): Deployment {
  return {
    namespace,
    version: valueOr(releaseOf(told, options.litellmVersion), null)?.version ?? null,
    listed: valueOr(told.keyDirectory, null),
    named,
    everything: options.allNamespaces,
  };
}
