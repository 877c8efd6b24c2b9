import { parseCount } from "../config/duration.js";
import { usageError } from "../errors.js";
import type { KeyFields } from "../litellm/api/key-changes.js";
import { parseLifetime } from "./lifetime.js";
import { parseMetadata } from "./metadata.js";

/** The fields of a key that can be set, as typed. */
export interface FieldFlags {
  alias?: string;
  maxParallelRequests?: string;
  rpm?: string;
  tpm?: string;
  models?: string;
  duration?: string;
  budget?: string;
  team?: string;
  user?: string;
  metadata?: string[];
}

/** The largest number that fits LiteLLM's column of max_parallel_requests. */
const MOST_PARALLEL = 2_147_483_647;

/** The word that removes a limit. */
const NONE = "none";

/**
 * Converts flags to LiteLLM's fields; missing flags are left out. Zero and negative limits are exit 2: LiteLLM accepts
 * them and then refuses every call. `none` removes a limit where `mayTakeAway` allows it, in an update.
 */
export function fieldsFrom(flags: FieldFlags, mayTakeAway: boolean): KeyFields {
  const orNull = <T>(text: string, parse: (text: string) => T): T | null =>
    mayTakeAway && text === NONE ? null : parse(text);
  const limit = (text: string, flag: string) => orNull(text, () => parseCount(text, flag));
  const { alias, maxParallelRequests, rpm, tpm, models, duration, budget, team, user, metadata } = flags;
  return {
    ...(alias === undefined ? {} : { key_alias: notEmpty(alias, "--alias") }),
    ...(maxParallelRequests === undefined
      ? {}
      : { max_parallel_requests: orNull(maxParallelRequests, (text) => parseParallel(text)) }),
    ...(rpm === undefined ? {} : { rpm_limit: limit(rpm, "--rpm") }),
    ...(tpm === undefined ? {} : { tpm_limit: limit(tpm, "--tpm") }),
    ...(models === undefined ? {} : { models: orNull(models, parseModels) ?? [] }),
    ...(duration === undefined ? {} : { duration: orNull(duration, (text) => parseLifetime(text, "--duration")) }),
    ...(budget === undefined ? {} : { max_budget: orNull(budget, parseBudget) }),
    ...(team === undefined ? {} : { team_id: notEmpty(team, "--team") }),
    ...(user === undefined ? {} : { user_id: notEmpty(user, "--user") }),
    ...(metadata === undefined ? {} : { metadata: parseMetadata(metadata) }),
  };
}

function parseParallel(text: string): number {
  const value = parseCount(text, "--mpr");
  if (value > MOST_PARALLEL) {
    throw usageError({
      code: "bad-number",
      message: `--mpr ${text} is more than LiteLLM can store`,
      hint: `at most: --mpr ${MOST_PARALLEL}`,
    });
  }
  return value;
}

function parseModels(text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length > 0) return names;
  throw usageError({
    code: "bad-models",
    message: "--models names no model",
    hint: "for example: --models gpt-4o,claude-sonnet",
  });
}

function parseBudget(text: string): number {
  const amount = Number(text);
  if (/^\d+(\.\d+)?$/.test(text.trim()) && amount > 0 && Number.isFinite(amount)) return amount;
  throw usageError({
    code: "bad-budget",
    message: `--budget ${text} is not an amount above zero`,
    hint: "in dollars, for example: --budget 12.50",
  });
}

function notEmpty(text: string, flag: string): string {
  if (text.trim()) return text;
  throw usageError({ code: "empty-value", message: `${flag} is empty`, hint: `give it a value, or leave ${flag} out` });
}
