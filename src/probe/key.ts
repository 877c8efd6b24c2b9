import { createHash } from "node:crypto";
import type { Context } from "../config/context.js";
import { parseCount } from "../config/duration.js";
import { readSecret } from "../config/secret.js";
import { LlmctlError, usageError } from "../errors.js";
import { LitellmApi } from "../litellm/api/http.js";
import { changeKey, createKey, deleteKey, planCreate, planUpdate } from "../litellm/api/key-changes.js";
import { ownerOfSecret, shortHash } from "../litellm/owner.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import type { ProbeFlags } from "./options.js";
import { type SeenCalls, TemporaryCounters } from "./temporary-counters.js";

/** The key under test. */
export interface KeyUnderTest {
  /** Null: calls carry no key. */
  readonly secret: string | null;
  /** Its name in LiteLLM's Redis: the hash of an `sk-` key, otherwise the key itself. Null without a key. */
  readonly owner: string | null;
  /** SHA-256 of the key, which may be written to files; `none` without a key. */
  readonly hash: string;
  readonly temporary: boolean;
  /** Call before the first call of the run: only counters that do not exist then belong to a temporary key. */
  look(redis: RedisConnection | null, namespaces: readonly (string | null)[]): Promise<void>;
  /**
   * Deletes a temporary key, and the counters of its calls where `seen`, the reader of this run, saw them.
   * Safe after Ctrl-C; prints what it could not do.
   */
  dispose(redis: RedisConnection | null, seen: SeenCalls | null): Promise<void>;
}

/** Where notes about a temporary key go. */
type Say = (line: string) => void;

const DEFAULT_MPR = "3";
/** A lifetime, in case the key cannot be deleted. */
const DURATION = "1h";

/**
 * The key under test: from `--key-file`, created for this run with `--temp-key`, or none with `--no-key`. Never the
 * admin key, whose limits, if it has any, are not those of a user.
 */
export async function keyUnderTest(
  context: Context,
  flags: ProbeFlags,
  runId: string,
  say: Say = (line) => context.terminal.note(line),
): Promise<KeyUnderTest> {
  const { terminal, settings } = context;
  const ways = [
    flags.keyFile !== undefined && "--key-file",
    flags.tempKey && "--temp-key",
    flags.key === false && "--no-key",
  ];
  const [one, other] = ways.filter((way) => typeof way === "string");
  if (other !== undefined)
    throw usageError({
      code: "contradiction",
      message: `${one} and ${other} can't be used together`,
      hint: "give one of them",
    });
  if (one !== undefined && !flags.tempKey && (flags.mpr !== undefined || flags.rpm !== undefined)) {
    throw usageError({
      code: "contradiction",
      message: "--mpr and --rpm are for a temporary key",
      hint: "leave them out, or use --temp-key",
    });
  }
  if (flags.keyFile !== undefined) {
    const secret = await readSecret(flags.keyFile, "--key-file", terminal.stdin);
    terminal.secrets.learn(secret);
    if (secret === settings.apiKey) {
      throw usageError({
        code: "admin-key-under-test",
        message: "the key under test is the admin's key",
        hint: "probe a key of its own: llmctl probe --temp-key --mpr 3",
      });
    }
    return { ...named(secret), ...NOT_OURS };
  }
  if (flags.tempKey) return makeTemporary(context, flags, runId, say);
  if (flags.key === false) return { secret: null, owner: null, hash: "none", ...NOT_OURS };
  throw usageError({
    code: "no-key",
    message: "no key to probe with was given",
    hint:
      settings.apiKey === undefined
        ? "name a file with it: --key-file key.txt; for a server that asks for none: --no-key"
        : "name a file with it: --key-file key.txt, or let one be made: --temp-key --mpr 3",
  });
}

/** A key that existed before the run is not changed. */
const NOT_OURS = { temporary: false, look: async () => {}, dispose: async () => {} };

const named = (secret: string) => ({
  secret,
  owner: ownerOfSecret(secret),
  hash: createHash("sha256").update(secret).digest("hex"),
});

async function makeTemporary(context: Context, flags: ProbeFlags, runId: string, say: Say): Promise<KeyUnderTest> {
  const { settings, terminal } = context;
  const { baseUrl, apiKey, timeoutMs } = settings;
  if (baseUrl === undefined || apiKey === undefined) {
    throw usageError({
      code: "no-api-key",
      message: "--temp-key needs an admin key",
      hint: "set LITELLM_PROXY_API_KEY, or name a file: --api-key-file key.txt",
    });
  }
  if (settings.dryRun) {
    throw usageError({
      code: "no-key",
      message: "--dry-run makes no key, so there is none to plan for",
      hint: "name one: --key-file key.txt; or leave out --dry-run",
    });
  }
  const mpr = parseCount(flags.mpr ?? DEFAULT_MPR, "--mpr");
  const rpm = flags.rpm === undefined ? {} : { rpm_limit: parseCount(flags.rpm, "--rpm") };
  // No signal: a key that is being created during Ctrl-C would never be deleted.
  const api = new LitellmApi({ baseUrl, apiKey, timeoutMs });
  const fields = { key_alias: `llmctl-probe-${runId}`, max_parallel_requests: mpr, ...rpm };
  const { secret, token } = await createKey(api, planCreate(fields));
  terminal.secrets.learn(secret);
  const counters = new TemporaryCounters(token);
  const remove: KeyUnderTest["dispose"] = (redis, seen) =>
    removeTemporary({ context, api, token, counters, say }, redis, seen);
  try {
    // Set after creation: 1.79.1 ends a new key at the next whole hour, which may be a second away; an update counts
    // exactly.
    await changeKey(api, token, planUpdate(token, { duration: DURATION }));
  } catch (error) {
    await remove(null, null);
    throw error;
  }
  const limits = `${mpr} at once${flags.rpm === undefined ? "" : `, ${flags.rpm} a minute`}`;
  say(`made a temporary key ${shortHash(token)} (${limits}); it is deleted at the end`);
  return {
    ...named(secret),
    temporary: true,
    async look(redis, namespaces) {
      // If Redis does not answer, nothing is known and nothing will be removed.
      if (redis) await counters.look(redis, namespaces).catch((error: unknown) => explained(error, redis));
    },
    dispose: remove,
  };
}

async function removeTemporary(
  {
    context,
    api,
    token,
    counters,
    say,
  }: { context: Context; api: LitellmApi; token: string; counters: TemporaryCounters; say: Say },
  redis: RedisConnection | null,
  seen: SeenCalls | null,
): Promise<void> {
  const { terminal } = context;
  try {
    await deleteKey(api, token);
  } catch (error) {
    if (!(error instanceof LlmctlError)) throw error;
    terminal.warn(`the temporary key ${shortHash(token)} could not be deleted: ${error.message}`);
    terminal.warn(`  it ends by itself within ${DURATION}; or type: llmctl keys delete ${token}`);
    return;
  }
  if (redis === null) {
    say(`deleted the temporary key; its counters, if any are left, hold nobody`);
    return;
  }
  try {
    const removed = await counters.remove(redis, seen);
    say(
      removed === undefined
        ? "deleted the temporary key; nothing of its calls was seen in this Redis, so nothing was removed there"
        : "deleted the temporary key and its counters in Redis",
    );
  } catch (error) {
    // The verdict must not be lost because of counters that block no call.
    terminal.warn(`deleted the temporary key, but not its counters: ${explained(error, redis).message}`);
  }
}

/** Explains an error of Redis. Any other error is a bug of llmctl and is rethrown. */
function explained(error: unknown, { address }: RedisConnection): LlmctlError {
  const known = explainIfRedis(error, address);
  if (known instanceof LlmctlError) return known;
  throw known;
}
