import type { LitellmConfig } from "../../litellm/config-yaml/index.js";
import { orFromConfig, shownWindowMs } from "../../litellm/window.js";
import type { Counter, CounterContext } from "../counter.js";
import type { Lookup } from "../lookup.js";
import type { DoctorOptions } from "../options.js";

/** No call is taken to be longer where nobody says so: the default time limit of the clients of most providers. */
const LONGEST_CALL_MS = 10 * 60_000;

/** LiteLLM's window as the environment has it, in ms, or a longer one that its configuration sets. */
export const knownWindowMs = ({ windowMs }: DoctorOptions, config: Lookup<LitellmConfig>): number =>
  config.known ? orFromConfig(windowMs, config.value.settings) : windowMs;

/**
 * How long a call may take at most, in ms: as the operator says, and otherwise the default, or the age at which slots
 * are called dead.
 */
export const longestCallMs = ({ longestCallMs: told, olderThanMs }: DoctorOptions): number =>
  told ?? Math.max(LONGEST_CALL_MS, olderThanMs ?? 0);

/**
 * The same circumstances with the window that is in force: never shorter than what is left of the life of any counter.
 */
export function withShownWindow(counterContext: CounterContext, counters: readonly Counter[]): CounterContext {
  const shown = counters.flatMap(({ shape, reading, samples: watched }) =>
    [reading, watched?.first, watched?.last].map((one) => (one ? shownWindowMs(shape, one) : 0)),
  );
  return { ...counterContext, windowMs: shown.reduce((most, ms) => Math.max(most, ms), counterContext.windowMs) };
}

/** How long an observation must be to prove a lock, in ms. */
export const neededMs = ({ longestCallMs: longest, windowMs }: CounterContext): number => Math.max(longest, windowMs);

/** The window as it is typed behind a flag: `60s`. */
export const typeWindow = ({ windowMs }: CounterContext): string => `${Math.ceil(windowMs / 1000)}s`;
