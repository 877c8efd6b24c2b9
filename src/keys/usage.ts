import type { Context } from "../config/context.js";
import { LlmctlError } from "../errors.js";
import type { LitellmApi } from "../litellm/api/http.js";
import { describeProxy } from "../litellm/api/proxy.js";
import { type LimiterKey, readLimiterKeys } from "../litellm/counters/scan.js";
import { orphanReason } from "../litellm/namespace-rules.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { connectRedis } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";

/**
 * Slots in use by owner; a missing owner holds none. Null with a warning when Redis is not configured or cannot be
 * read.
 */
export async function readHeld(context: Context, api: LitellmApi): Promise<ReadonlyMap<string, number> | null> {
  const { settings, terminal } = context;
  if (settings.redis === undefined) return null;
  try {
    const byOwner = await readCounters(context);
    const several = [...byOwner.values()].some((keys) => keys.length > 1);
    const version = several && settings.redisNamespace ? (await describeProxy(api)).version : null;
    const namespace = settings.redisNamespace ?? null;
    const held = new Map<string, number>();
    for (const [owner, keys] of byOwner) {
      const current = keys.filter(({ name }) => orphanReason(name, { version, namespace }) === undefined);
      held.set(owner, Math.max(0, ...latestMinute(current).map(heldIn)));
    }
    return held;
  } catch (error) {
    if (!(error instanceof LlmctlError) || context.signal.aborted) throw error;
    terminal.warn(`what is in use is not known: ${error.message}`);
    return null;
  }
}

async function readCounters({ settings }: Context): Promise<Map<string, LimiterKey[]>> {
  if (settings.redis === undefined) return new Map();
  const redis = await connectRedis(settings.redis, { timeoutMs: settings.timeoutMs });
  const byOwner = new Map<string, LimiterKey[]>();
  try {
    for await (const key of readLimiterKeys(redis, { slots: 0 })) {
      const { id } = key.name.owner;
      byOwner.set(id, [...(byOwner.get(id) ?? []), key]);
    }
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    await redis.close();
  }
  return byOwner;
}

const heldIn = ({ name, reading }: LimiterKey): number => shapeOf(name, reading)?.held(reading) ?? 0;

/** Each minute counts separately: earlier minutes refuse no call. */
function latestMinute(keys: readonly LimiterKey[]): readonly LimiterKey[] {
  const minutes = keys.map(({ name }) => name.minute).filter((minute) => minute !== undefined);
  const last = minutes.sort().at(-1);
  return keys.filter(({ name }) => name.minute === undefined || name.minute === last);
}
