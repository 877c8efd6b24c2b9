import { shapeOfRelease } from "../../litellm/releases.js";
import type { ShapeKind } from "../../litellm/shapes/shape.js";
import { known, type Lookup, notConfigured } from "../lookup.js";
import type { ProxyFacts } from "./proxy-facts.js";

/** The release of LiteLLM, and the shape that its limiter keeps. */
export interface Release {
  readonly version: string;
  readonly shape: ShapeKind | null;
}

/** As the proxy tells it, else as `--litellm-version` does. */
export function releaseOf({ proxy }: ProxyFacts, named: string | null): Lookup<Release> {
  if (proxy.known && proxy.value.version !== null) {
    return known({ version: proxy.value.version, shape: proxy.value.shape });
  }
  if (named !== null) return known({ version: named, shape: shapeOfRelease(named) });
  const advice = "name it: --litellm-version 1.95.0";
  if (!proxy.known) return proxy.failed ? { ...proxy, advice } : { ...proxy, advice: `${proxy.advice}; or ${advice}` };
  return notConfigured("the proxy does not tell its release", advice);
}
