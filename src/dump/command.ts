import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { readSecret } from "../config/secret.js";
import { EXIT } from "../errors.js";
import { connectRedis } from "../redis/connect.js";
import { explainIfRedis } from "../redis/explain.js";
import type { DumpDocument } from "../report/documents/dump.js";
import { canStream } from "../report/index.js";
import type { Outcome } from "../report/view.js";
import { Ledger } from "./ledger.js";
import { readRows, streamRows, takeRows } from "./rows.js";
import { select } from "./select.js";
import { readServer } from "./server.js";
import { surveyProxy } from "./survey.js";
import { view } from "./view.js";

/** A document lists no more keys than this; ndjson and csv list all. */
const MOST_LISTED = 10_000;

export interface DumpFlags {
  slots?: boolean;
  all?: boolean;
  keyFile?: string;
}

/** `llmctl dump [what]`: the limiter's keys as they are now. Reads only. */
export async function dump(context: Context, reference: string | undefined, flags: DumpFlags): Promise<Outcome> {
  const { settings, terminal, signal } = context;
  const target = requireRedis(settings);
  const secret =
    flags.keyFile === undefined ? undefined : await readSecret(flags.keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  const { proxy, roster } = await surveyProxy(context);
  const selection = select(reference, secret, roster);
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  let streaming = false;
  try {
    const server = await readServer(redis);
    const rows = readRows(redis, {
      selection,
      rates: flags.all ?? false,
      around: { proxy, roster, namespace: settings.redisNamespace ?? null, slots: flags.slots ?? false },
      signal,
    });
    const { first, done } = await takeRows(rows, MOST_LISTED);
    streaming = !done && canStream(settings.output);
    const ledger = new Ledger(MOST_LISTED);
    ledger.add(first);
    if (!streaming) for await (const batch of rows) ledger.add(batch);
    const document: DumpDocument = {
      schema: "llmctl.dump/1",
      redis: server,
      proxy: proxy && { baseUrl: proxy.baseUrl, version: proxy.version },
      keys: ledger.rows(),
      truncated: streaming || ledger.truncated,
      total: ledger.total,
      states: ledger.states,
    };
    const outcome = { document, view: view(document), exit: EXIT.done };
    return streaming ? { ...outcome, stream: streamRows(first, rows, redis) } : outcome;
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    if (!streaming) await redis.close();
  }
}
