import { type Context, requireBaseUrl, requireRedis } from "../../config/context.js";
import { usageError } from "../../errors.js";
import type { KeyDirectory } from "../../litellm/key-directory.js";
import { ownerOfSecret } from "../../litellm/owner.js";
import type { CallResult } from "../../llm/call-result.js";
import { createChatClient } from "../../llm/chat-client.js";
import type { RedisConnection } from "../../redis/connect.js";
import { maskKey } from "../../terminal/redact.js";
import type { DoctorOptions } from "../options.js";
import { firstDifference, type OwnerSnapshot, OwnerSnapshotReader } from "./owner-snapshot.js";

/** What one call with the key under test showed. */
export interface CanaryResult {
  /**
   * `here`: it was counted in this Redis · `absent`: it was let in, its key has a limit, and nothing of it is here ·
   * `unclear`: neither.
   */
  readonly seen: "here" | "absent" | "unclear";
  readonly why: string;
}

/** Sends the call and watches; the second time it returns what the first showed. */
export type Canary = (seen: Pick<CanaryRequest, "redis" | "keyDirectory" | "namespaces">) => Promise<CanaryResult>;

/** So long must nothing happen to the key before, for what happens then to be the call's doing. */
const QUIET_MS = 1000;
const WATCH_MS = 20;
/**
 * Replies of releases from 1.91 on come up to 2 s before their slot is given back: by then all that is to be seen was
 * seen.
 */
const AFTER_MS = 2500;

/** Undefined without --canary. Exit 2 when something that it needs was not given. */
export function createCanary(context: Context, { canary, secret, model }: DoctorOptions): Canary | undefined {
  if (!canary) return undefined;
  const { settings } = context;
  if (secret === undefined) {
    throw usageError({
      code: "no-key",
      message: "--canary needs a key to call with",
      hint: "name a file with it: --canary --key-file key.txt",
    });
  }
  if (secret === settings.apiKey) {
    throw usageError({
      code: "admin-key-under-test",
      message: "the key of --canary is the admin's key, which has no limit to be seen",
      hint: "make one of its own: llmctl keys create --mpr 3 --write-key key.txt",
    });
  }
  const baseUrl = requireBaseUrl(settings);
  requireRedis(settings);
  let result: Promise<CanaryResult> | undefined;
  return (seen) => {
    result ??= send(context, { ...seen, baseUrl, secret, model });
    return result;
  };
}

interface CanaryRequest {
  readonly baseUrl: string;
  readonly secret: string;
  readonly model: string | undefined;
  readonly redis: RedisConnection;
  readonly keyDirectory: KeyDirectory;
  /** Where the proxy may count, as far as anybody told. */
  readonly namespaces: readonly (string | null)[];
}

async function send(context: Context, errand: CanaryRequest): Promise<CanaryResult> {
  const { settings, terminal, clock, signal } = context;
  const { secret, redis } = errand;
  const caller = await createChatClient(context, errand);
  terminal.note(
    `canary: one call of ${caller.path} to ${caller.model} with the key ${maskKey(secret)}, at most ${caller.tokens} tokens; the proxy counts it as any other`,
  );
  if (settings.dryRun) return unclear("the canary call was not sent (--dry-run)");
  const trace = new OwnerSnapshotReader(redis, ownerOfSecret(secret), [null, ...errand.namespaces]);
  const first = await trace.whole();
  await clock.sleep(QUIET_MS, signal);
  const before = await trace.whole();
  if (firstDifference(first, before)) {
    return unclear("other calls with the canary's key are counted here just now; use a key that nobody else uses");
  }
  let endedAt: number | undefined;
  const call = caller.call().finally(() => {
    endedAt = clock.monotonic();
  });
  let news: string | undefined;
  let passes = 0;
  const watch = async (read: () => Promise<OwnerSnapshot>) => {
    while (news === undefined && (endedAt === undefined || clock.monotonic() - endedAt < AFTER_MS)) {
      news ??= firstDifference(before, await read());
      await clock.sleep(WATCH_MS, signal);
    }
  };
  await Promise.all([
    watch(() => trace.known()),
    watch(async () => {
      const seen = await trace.whole();
      if (endedAt === undefined) passes++;
      return seen;
    }),
  ]);
  const result = await call;
  if (news === undefined) return withoutTrace(result, errand, passes);
  // Its own slot must not be taken for one that was left behind.
  const until = clock.monotonic() + AFTER_MS;
  while (clock.monotonic() < until && firstDifference(before, await trace.known()) === "a slot")
    await clock.sleep(100, signal);
  return { seen: "here", why: `a call with the key was counted in this Redis: ${news} appeared with it` };
}

/**
 * A call with a parallel limit alone leaves nothing after it: only passes over all keys that ended before it did could
 * have seen it.
 */
const ENOUGH_PASSES = 2;

function withoutTrace(call: CallResult, { secret, keyDirectory }: CanaryRequest, passes: number): CanaryResult {
  const { ending, status, error, rejection, limitHeader } = call;
  if (rejection) return unclear(`the canary call was refused (${rejection.source}), and nothing of it was seen here`);
  if (ending !== "completed") return unclear(`the canary call did not get through: ${error ?? `status ${status}`}`);
  const row = keyDirectory.get(ownerOfSecret(secret));
  const has = (...limits: (number | null | undefined)[]) => limits.some((one) => one !== null && one !== undefined);
  const rates = has(row?.rpm_limit, row?.tpm_limit);
  if (!rates && !has(row?.max_parallel_requests, limitHeader)) {
    return unclear("the canary call left nothing here, but nobody told whether its key has a limit at all");
  }
  if (!rates && passes < ENOUGH_PASSES) {
    return unclear(
      "the canary call was too short to be seen; use a key with an rpm limit, which leaves something for a window (60 s)",
    );
  }
  return {
    seen: "absent",
    why: "a call with a limited key was let in, and nothing of it appeared here: the proxy counts in another Redis, or each process alone",
  };
}

const unclear = (why: string): CanaryResult => ({ seen: "unclear", why });
