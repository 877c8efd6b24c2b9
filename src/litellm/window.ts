import { parseCount } from "../config/duration.js";
import type { Settings as ProgramSettings } from "../config/settings.js";
import { readConfigOnce } from "./config-yaml/index.js";
import { type Settings, textOf } from "./config-yaml/settings.js";
import type { Reading } from "./counters/read.js";
import type { ShapeKind } from "./shapes/shape.js";

/** LiteLLM's own setting, in seconds: the window of its rate limiter. */
const WINDOW_VARIABLE = "LITELLM_RATE_LIMIT_WINDOW_SIZE";

/** LiteLLM's default window, in milliseconds. */
export const DEFAULT_WINDOW_MS = 60_000;

/**
 * The window in milliseconds from this process's environment, or LiteLLM's default. Exit 2 when it is no number of
 * seconds.
 */
export const windowFromEnvironment = (env: Readonly<Record<string, string | undefined>>): number =>
  env[WINDOW_VARIABLE] ? parseCount(env[WINDOW_VARIABLE], WINDOW_VARIABLE) * 1000 : DEFAULT_WINDOW_MS;

/**
 * `windowMs`, or the longer window that `environment_variables` of LiteLLM's configuration set for the proxy. LiteLLM
 * does not start with a text that is no number, so such a text is ignored.
 */
export function orFromConfig(windowMs: number, settings: Settings): number {
  const text = textOf(settings.under("environment_variables").get(WINDOW_VARIABLE)) ?? "";
  return /^\s*[1-9]\d{0,8}\s*$/.test(text) ? Math.max(windowMs, Number(text) * 1000) : windowMs;
}

/**
 * The window in milliseconds from the environment and, if given, LiteLLM's configuration. Exit 2 for a file that cannot
 * be read.
 */
export async function configuredWindowMs(
  env: Readonly<Record<string, string | undefined>>,
  { litellmConfig }: Pick<ProgramSettings, "litellmConfig">,
): Promise<number> {
  const windowMs = windowFromEnvironment(env);
  if (!litellmConfig) return windowMs;
  return orFromConfig(windowMs, (await readConfigOnce(litellmConfig)).settings);
}

const MINUTE_MS = 60_000;

/**
 * The shortest window, in milliseconds, that explains the expiry of a windowed counter: LiteLLM gives it a whole
 * window, so the rest is shorter. Above a minute it is rounded up to whole minutes. 0 where a counter shows nothing: no
 * expiry, or another shape.
 */
export function shownWindowMs(shape: ShapeKind | null, { ttlMs }: Pick<Reading, "ttlMs">): number {
  if (shape !== "windowed" || ttlMs <= 0) return 0;
  const unit = ttlMs > MINUTE_MS ? MINUTE_MS : 1000;
  return Math.ceil(ttlMs / unit) * unit;
}

/** Formats a window or the rest of one: `60 s`, `230 s`, exact where minutes would round it. */
export const formatWindow = (ms: number): string => `${Math.ceil(ms / 1000)} s`;
