import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { readSecret } from "../config/secret.js";
import type { RedisSettings } from "../config/settings.js";
import { EXIT } from "../errors.js";
import { select } from "../litellm/counters/select.js";
import type { CommandResult } from "../output/command-result.js";
import { canStream } from "../output/index.js";
import { connectRedis } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import { createDumpDocument, MOST_LISTED } from "./document.js";
import { readServer } from "./server.js";
import { type RowSources, readRows, streamRows, takeRows } from "./stream-rows.js";
import { surveyProxy } from "./survey.js";
import { TopRows } from "./top-rows.js";
import { view } from "./view.js";

/** Flags of `llmctl dump`, as typed. */
export interface DumpFlags {
  slots?: boolean;
  all?: boolean;
  keyFile?: string;
  watch?: boolean;
  /** A duration, as typed. */
  every?: string;
}

/** `llmctl dump [what]`: the limiter's keys now, or as they change. Read-only. */
export async function dump(context: Context, reference: string | undefined, flags: DumpFlags): Promise<CommandResult> {
  const { settings, terminal, signal } = context;
  const target = requireRedis(settings);
  const secret =
    flags.keyFile === undefined ? undefined : await readSecret(flags.keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  const { proxy, keyDirectory } = await surveyProxy(context);
  const sources: RowSources = {
    selection: select(reference, secret, keyDirectory),
    rates: flags.all ?? false,
    around: { proxy, keyDirectory, namespace: settings.redisNamespace ?? null, slots: flags.slots ?? false },
    signal,
  };
  if (!flags.watch && flags.every === undefined) return dumpOnce(context, target, sources);
  const { watchDump } = await import("./watch-command.js");
  return watchDump(context, target, sources, flags.every);
}

/** Prints the present state; formats that print row by row stream a very long list. */
async function dumpOnce({ settings }: Context, target: RedisSettings, sources: RowSources): Promise<CommandResult> {
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  let streaming = false;
  try {
    const server = await readServer(redis);
    const rows = readRows(redis, sources);
    const { first, done } = await takeRows(rows, MOST_LISTED);
    streaming = !done && canStream(settings.output);
    const ledger = new TopRows(MOST_LISTED);
    // Not stored twice, so that a long dump needs little memory.
    ledger.add(streaming ? first : first.splice(0));
    if (!streaming) for await (const batch of rows) ledger.add(batch);
    const document = createDumpDocument(server, sources, ledger, streaming);
    const drawn = { document, page: view(document), exit: EXIT.done };
    return streaming
      ? { kind: "stream", ...drawn, rows: streamRows(first, rows, redis) }
      : { kind: "document", ...drawn };
  } catch (error) {
    throw explainIfRedis(error, redis.address);
  } finally {
    if (!streaming) await redis.close();
  }
}
