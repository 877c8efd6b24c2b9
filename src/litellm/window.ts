import { parseCount } from "../config/duration.js";
import { type Settings, textOf } from "./config-yaml/settings.js";
import type { Reading } from "./reading.js";
import type { ShapeKind } from "./shapes/shape.js";

/** LiteLLM's own setting, in seconds: how long its rate limiter counts before it begins anew. */
export const WINDOW_VARIABLE = "LITELLM_RATE_LIMIT_WINDOW_SIZE";

/** The window of LiteLLM, in ms, where nothing says otherwise. */
export const DEFAULT_WINDOW_MS = 60_000;

/** The window in ms as the environment of this process has it; LiteLLM's default without. Exit 2 when it is no number of seconds. */
export const windowFromEnvironment = (env: Readonly<Record<string, string | undefined>>): number =>
  env[WINDOW_VARIABLE] ? parseCount(env[WINDOW_VARIABLE], WINDOW_VARIABLE) * 1000 : DEFAULT_WINDOW_MS;

/**
 * The window in ms that `environment_variables` of LiteLLM's configuration set for the proxy; null without one. A text that is no number
 * keeps LiteLLM from starting, so it sets none.
 */
export function windowFromConfig(settings: Settings): number | null {
  const text = textOf(settings.under("environment_variables").get(WINDOW_VARIABLE)) ?? "";
  return /^\s*[1-9]\d{0,8}\s*$/.test(text) ? Number(text) * 1000 : null;
}

/**
 * The shortest window, in ms, that explains the expiry of a windowed counter: LiteLLM gives it a whole window with every call that it
 * counts, so what is left of it is less. 0 where a counter shows nothing: no expiry, or another shape.
 */
export const shownWindowMs = (shape: ShapeKind | null, { ttlMs }: Pick<Reading, "ttlMs">): number =>
  shape === "windowed" && ttlMs > 0 ? Math.ceil(ttlMs / 1000) * 1000 : 0;
