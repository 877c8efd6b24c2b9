import type { Clock } from "../../config/clock.js";
import type { TargetSettings } from "../../config/settings.js";
import { LlmctlError } from "../../errors.js";
import { createChatClient } from "../../llm/chat-client.js";
import { readAnswer } from "../../llm/classify-answer.js";
import type { RedisConnection } from "../../redis/connect.js";
import { SlotReader } from "../../runs/slot-reader.js";
import type { Reporter } from "../../terminal/reporter.js";
import type { DoctorOptions } from "../options.js";

export interface TryKeyResult {
  readonly admitted: boolean;
  /** Refused with so many slots in use by Redis; null when it was not, or Redis explains it. */
  readonly refused: { readonly held: number; readonly limit: number } | null;
  /** In words. */
  readonly told: string;
}

export interface KeyToTry {
  readonly owner: string;
  readonly version: string | null;
  readonly namespace: string | null;
  /** Null when it is unknown; a rejection may name it. */
  readonly limit: number | null;
}

/** How the call is made. */
export interface TryKeyAccess {
  readonly redis: RedisConnection;
  readonly settings: Pick<TargetSettings, "baseUrl" | "timeoutMs">;
  readonly options: Pick<DoctorOptions, "secret" | "model">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: Reporter;
}

/**
 * Makes one small call with the key in `--key-file`, where Redis has room, and says what it tells. What hinders the
 * call is told, not thrown.
 */
export async function tryKey(key: KeyToTry, access: TryKeyAccess): Promise<TryKeyResult> {
  const { redis, settings, options, clock, signal, report } = access;
  const { owner, version, namespace } = key;
  const slots = new SlotReader({
    redis,
    owner,
    secretOwner: false,
    namespace,
    version,
    clock,
    origin: clock.monotonic(),
  });
  const nothing = (told: string): TryKeyResult => ({ admitted: false, refused: null, told });
  try {
    const before = (await slots.read("look")).held;
    if (before === null || (key.limit !== null && before >= key.limit))
      return nothing("no call was made: Redis shows the key full");
    const caller = await createChatClient(access, {
      baseUrl: settings.baseUrl as string,
      secret: options.secret as string,
      model: options.model,
    });
    report.note(
      `asking with the key whether it is refused: one call of ${caller.path}, ${caller.tokens} tokens at most`,
    );
    const answer = readAnswer(await caller.call());
    signal.throwIfAborted();
    const after = (await slots.read("look")).held;
    const limit = answer.limit ?? key.limit;
    if (answer.kind === "failed") return nothing(`the call failed, which tells nothing: ${answer.error}`);
    if (answer.kind === "admitted") return { admitted: true, refused: null, told: "one call was let in" };
    if (limit === null || after === null || Math.max(before, after) >= limit)
      return nothing("the call was refused, and Redis is full");
    const held = Math.max(before, after);
    return {
      admitted: false,
      refused: { held, limit },
      told: `a call was refused while Redis held ${held} of ${limit}`,
    };
  } catch (error) {
    if (!(error instanceof LlmctlError) || signal.aborted) throw error;
    return nothing(`no call could tell: ${error.message}${error.hint ? `; ${error.hint}` : ""}`);
  }
}
