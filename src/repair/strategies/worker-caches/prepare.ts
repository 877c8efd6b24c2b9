import type { Context } from "../../../config/context.js";
import type { RedisSettings } from "../../../config/settings.js";
import { namespaceOf } from "../../../diagnose/facts/namespace.js";
import { askProxy, type ProxyFacts } from "../../../diagnose/facts/proxy-facts.js";
import { readRedisFacts } from "../../../diagnose/facts/redis-facts.js";
import { compareRedis } from "../../../diagnose/facts/redis-identity.js";
import type { Lookup } from "../../../diagnose/lookup.js";
import type { InterruptedRefresh } from "../../../diagnose/repair-history.js";
import { unreachableError, usageError } from "../../../errors.js";
import { createUnpooledAdmin } from "../../../litellm/api/unpooled-admin.js";
import { aliasOf, limitOf } from "../../../litellm/key-directory.js";
import { isHash } from "../../../litellm/owner.js";
import { configuredWindowMs, shownWindowMs } from "../../../litellm/window.js";
import type { ChatClient } from "../../../llm/chat-client.js";
import type { RedisConnection } from "../../../redis/connect.js";
import { explainIfRedis } from "../../../redis/errors.js";
import { SlotReader } from "../../../runs/slot-reader.js";
import { highestKnown } from "./highest-known-limit.js";
import type { RefreshOptions } from "./options.js";
import type { RefreshPorts } from "./ports.js";
import type { RefreshPlan } from "./refresh.js";

/** A refresh that is ready to begin. */
export interface Prepared {
  readonly plan: RefreshPlan;
  readonly hands: RefreshPorts;
  readonly alias: string | null;
  /** Requests that the key may make in a minute; null for any number. */
  readonly rpm: number | null;
  /** The limiter's key in Redis. */
  readonly counter: string;
  readonly caller: ChatClient;
  close(): Promise<void>;
}

export interface Source {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Hash of the key. */
  readonly owner: string;
  readonly redis: RedisConnection;
  readonly caller: ChatClient;
  readonly options: RefreshOptions;
  /** Refreshes of this key that were interrupted: the limit of before them is the key's own. */
  readonly open: readonly InterruptedRefresh[];
}

/**
 * Gathers what a refresh has to know, and refuses where it could only do harm: exit 2, 4 or 5. Nothing is changed yet.
 */
export async function prepare(context: Context, source: Source): Promise<Prepared> {
  const { settings, clock, signal, terminal } = context;
  const { owner, redis, caller, options, baseUrl, apiKey } = source;
  if (!isHash(owner)) {
    throw usageError({
      code: "not-a-key",
      message: "the key in --key-file is not one of LiteLLM's, so its limit cannot be changed",
      hint: "they begin with sk-",
    });
  }
  const told = await askProxy(context);
  const { version, shape } = need(told.proxy);
  if (shape === null || shape === "minute") throw noCopies(version, shape);
  await checkRedis(told, redis, settings.redis as RedisSettings);
  const limit = ownLimit(need(told.keyDirectory), source);
  const known = options.highest ?? (await highestKnown(context, owner, { limit, wallMs: clock.wall() }));
  const { name: namespace } = namespaceOf(settings, told);
  const slots = new SlotReader({
    redis,
    owner,
    secretOwner: false,
    namespace,
    version,
    clock,
    origin: clock.monotonic(),
  });
  // What is there shows a window too, which may be longer than the one that was named.
  const { ttlMs } = await read(slots);
  const windowMs = Math.max(await configuredWindowMs(context.env, settings), shownWindowMs(shape, { ttlMs }));
  const plan = { key: owner, limit, raised: Math.max(known, limit) + 1, workers: options.workers, shape, windowMs };
  const admin = createUnpooledAdmin({ baseUrl, apiKey, timeoutMs: settings.timeoutMs }, options.workers);
  return {
    plan,
    alias: aliasOf(need(told.keyDirectory), owner),
    rpm: need(told.keyDirectory).get(owner)?.rpm_limit ?? null,
    counter: slots.key as string,
    caller,
    hands: {
      call: caller.call,
      held: () => heldBy(slots, shape === "slots" ? "zset" : "string"),
      limit: () => admin.limit(owner),
      setLimit: (value) => admin.setLimit(owner, value),
      progress: (text) => terminal.progress.show(text),
      ...{ clock, signal },
    },
    close: admin.close,
  };
}

function need<T>(fact: Lookup<T>): T {
  if (fact.known) return fact.value;
  throw fact.error ?? usageError({ code: "not-known", message: fact.why, hint: fact.advice });
}

const noCopies = (version: string | null, shape: "minute" | null) =>
  shape === null
    ? unreachableError({
        code: "no-release",
        message: "the proxy does not tell its release",
        hint: "give its admin key, so that it tells more",
      })
    : usageError({
        code: "no-copies",
        message: `LiteLLM ${version ?? ""} counts each minute anew: no copy outlives it`,
        hint: "wait a minute",
      });

async function checkRedis(told: ProxyFacts, redis: RedisConnection, settings: RedisSettings): Promise<void> {
  const { kind, why } = compareRedis(await readRedisFacts(redis), settings, need(told.cache), told.coordination);
  if (kind === "other" || kind === "none") {
    throw usageError({
      code: "other-redis",
      message: `what this Redis holds says nothing of the limiter: ${why}`,
      hint: "name the limiter's: --redis-url",
    });
  }
}

function ownLimit(keyDirectory: Parameters<typeof limitOf>[0], { owner, open, baseUrl }: Source): number {
  if (!keyDirectory.has(owner))
    throw usageError({
      code: "unknown-key",
      message: `${baseUrl} does not know the key in --key-file`,
      hint: "see what there is: llmctl keys list",
    });
  const now = limitOf(keyDirectory, owner);
  const limit = open.find(({ to }) => to === now)?.from ?? now;
  if (limit !== null && limit >= 1) return limit;
  throw usageError({
    code: "no-limit",
    message:
      limit === null
        ? "the key has no limit of parallel requests, so no copy refuses it"
        : `a limit of ${limit} refuses every call`,
    hint: "give it one: llmctl keys update <key> --mpr <n>",
  });
}

const read = (slots: SlotReader) =>
  slots.read("look").catch((error: unknown) => {
    throw explainIfRedis(error, slots.address);
  });

async function heldBy(slots: SlotReader, expected: "zset" | "string"): Promise<number> {
  const { type, held, key } = await read(slots);
  if (type !== "none" && type !== expected) {
    throw usageError({
      code: "wrong-type",
      message: `${key} is a ${type}, which this release cannot use: each worker counts alone`,
      hint: "first: llmctl doctor --fix",
    });
  }
  return Math.max(0, held ?? 0);
}
