import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { readSecret } from "../config/secret.js";
import { EXIT } from "../errors.js";
import type { ProxyDescription } from "../litellm/api/proxy.js";
import { aliasOf, limitOf, type Roster } from "../litellm/roster.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { slotAgeMs } from "../litellm/shapes/slots.js";
import { orphanedSpelling } from "../litellm/spelling.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import { explainRedisError } from "../redis/explain.js";
import type { DumpDocument, DumpKey } from "../report/documents/dump.js";
import type { Outcome } from "../report/view.js";
import { type LimiterKey, readLimiterKeys } from "./read.js";
import { type Selection, select } from "./select.js";
import { surveyProxy } from "./survey.js";
import { byUrgency, view } from "./view.js";

export interface DumpFlags {
  slots?: boolean;
  all?: boolean;
  keyFile?: string;
}

/** `llmctl dump [what]`: the limiter's keys as they are now. Reads only. */
export async function dump(context: Context, reference: string | undefined, flags: DumpFlags): Promise<Outcome> {
  const { settings, terminal } = context;
  const target = requireRedis(settings);
  const secret =
    flags.keyFile === undefined ? undefined : await readSecret(flags.keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  const { proxy, roster } = await surveyProxy(context);
  const selection = select(reference, secret, roster);
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  try {
    const document = await describe(redis, selection, {
      flags,
      proxy,
      roster,
      namespace: settings.redisNamespace ?? null,
    });
    return { document, view: view(document), exit: EXIT.done };
  } catch (error) {
    throw error instanceof Error && "command" in error ? explainRedisError(error, redis.address) : error;
  } finally {
    await redis.close();
  }
}

interface Surroundings {
  flags: DumpFlags;
  proxy: ProxyDescription | null;
  roster: Roster;
  namespace: string | null;
}

async function describe(redis: RedisConnection, selection: Selection, around: Surroundings): Promise<DumpDocument> {
  const info = await redis.client.info("server");
  const [seconds, micros] = (await redis.client.time()).map(Number) as [number, number];
  const keys: DumpKey[] = [];
  const options = { rates: around.flags.all ?? false, slots: around.flags.slots ? 100_000 : 1 };
  for await (const key of readLimiterKeys(redis, {
    ...options,
    ...(selection.globs ? { globs: selection.globs } : {}),
  })) {
    if (selection.includes(key.name)) keys.push(row(key, around));
  }
  return {
    schema: "llmctl.dump/1",
    redis: {
      url: redis.address,
      version: /(?:redis|valkey)_version:(\S+)/.exec(info)?.[1] ?? null,
      time: new Date(seconds * 1000 + Math.floor(micros / 1000)).toISOString(),
    },
    proxy: around.proxy && { baseUrl: around.proxy.baseUrl, version: around.proxy.version },
    keys: keys.sort(byUrgency),
    truncated: false,
  };
}

/** One key as a row of the document. */
function row({ name, reading }: LimiterKey, { flags, proxy, roster, namespace }: Surroundings): DumpKey {
  const shape = name.family === "rate" ? undefined : shapeOf(name, reading);
  const limit = name.family === "rate" ? null : limitOf(roster, name.owner.id);
  const orphan = orphanedSpelling(name, { version: proxy?.version ?? null, namespace });
  const judged = shape?.judge(name, reading, { limit, expected: proxy?.shape ?? null });
  const rate = { state: "ok" as const, why: "counts a window; llmctl never touches it" };
  const odd = { state: "wrong-type" as const, why: `a ${reading.type}, which no release of LiteLLM writes here` };
  const { state, why } = orphan
    ? { state: "orphan" as const, why: orphan }
    : (judged ?? (name.family === "rate" ? rate : odd));
  return {
    key: name.name,
    namespace: name.namespace,
    owner: { ...name.owner, alias: aliasOf(roster, name.owner.id) },
    shape: name.family === "rate" ? "rate" : (shape?.kind ?? "unknown"),
    type: reading.type,
    held: shape?.held(reading) ?? null,
    limit,
    ttlMs: reading.ttlMs,
    oldestMs: shape?.oldestMs(reading) ?? null,
    state,
    why,
    slots: flags.slots
      ? reading.members.map(({ id, score }) => ({
          id,
          startedAt: new Date(score * 1000).toISOString(),
          ageMs: slotAgeMs(reading, score),
        }))
      : [],
  };
}
