import { parseVersion, type Release } from "../release.js";
import { slots } from "./slots.js";
import { slotsLeaky } from "./slots-leaky.js";
import { windowed } from "./windowed.js";
import { windowedLeaky } from "./windowed-leaky.js";

/** The oldest release that the lab can imitate: the first with the windowed limiter. */
export const OLDEST = "1.77.2";

/** The behaviour of a release. Throws for versions before {@link OLDEST}, whose limiter had another shape. */
export function releaseOf(version: string): Release {
  const [minor, patch] = parseVersion(version);
  if (minor < 77 || (minor === 77 && patch < 2)) throw new Error(`the lab imitates LiteLLM ${OLDEST} and later`);
  if (minor < 80 || (minor === 80 && patch < 8)) return windowedLeaky(version);
  if (minor < 94) return windowed(version);
  return minor < 103 ? slotsLeaky(version) : slots(version);
}
