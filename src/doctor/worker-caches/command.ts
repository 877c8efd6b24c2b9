import { type Context, requireApiKey, requireBaseUrl, requireRedis } from "../../config/context.js";
import { readSecret } from "../../config/secret.js";
import { describeInterrupted } from "../../diagnose/repair-history.js";
import { EXIT, type ExitCode, interruptedError, LlmctlError } from "../../errors.js";
import { ownerOfSecret } from "../../litellm/owner.js";
import { createChatClient } from "../../llm/chat-client.js";
import type { DocumentResult } from "../../output/command-result.js";
import { connectRedis } from "../../redis/connect.js";
import { takeLock } from "../../repair/lock.js";
import { completeRefreshes, interruptedRefreshes } from "../../repair/strategies/worker-caches/interrupted.js";
import { newJournal, underLock } from "../../repair/strategies/worker-caches/journal.js";
import { type Prepared, prepare } from "../../repair/strategies/worker-caches/prepare.js";
import { type Refreshed, refresh } from "../../repair/strategies/worker-caches/refresh.js";
import { confirm } from "../../terminal/prompt.js";
import { documentOf } from "./document.js";
import { type RefreshFlags, readRefreshOptions } from "./flags.js";
import { announce } from "./plan-view.js";

/** `llmctl doctor --refresh-mirrors`: frees a key that workers refuse from memory though Redis has room. */
export async function refreshMirrors(
  context: Context,
  flags: RefreshFlags & { fix?: boolean; keyFile?: string; workers?: string },
): Promise<DocumentResult> {
  const { settings, terminal, clock, signal } = context;
  const options = readRefreshOptions(flags);
  const baseUrl = requireBaseUrl(settings);
  const apiKey = requireApiKey(settings);
  const target = requireRedis(settings);
  const secret = await readSecret(options.keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(secret);
  const redis = await connectRedis(target, { timeoutMs: settings.timeoutMs });
  try {
    const caller = await createChatClient(context, { baseUrl, secret, model: options.model });
    const owner = ownerOfSecret(secret);
    const open = (await interruptedRefreshes(context)).filter(({ key }) => key === owner);
    const prepared = await prepare(context, { baseUrl, apiKey, owner, redis, caller, options, open });
    try {
      for (const one of open) terminal.warn(describeInterrupted(one));
      announce(terminal, prepared, options);
      if (settings.dryRun) return outcomeOf(context, prepared, undefined);
      await consent(context);
      const lock = await takeLock(redis);
      try {
        await completeRefreshes(context, open);
        const { plan, alias } = prepared;
        const raise = { baseUrl, key: plan.key, alias, from: plan.limit, to: plan.raised };
        const journal = underLock(
          lock,
          newJournal(settings.stateDir, () => clock.wall(), raise),
        );
        return outcomeOf(context, prepared, await refresh(prepared.hands, plan, journal).catch(whyEnded(signal)));
      } finally {
        await lock.release();
      }
    } finally {
      terminal.progress.clear();
      await prepared.close();
    }
  } finally {
    await redis.close();
  }
}

async function consent({ settings, terminal, signal }: Context): Promise<void> {
  if (settings.yes) return;
  if (!(await confirm(terminal, { message: "Refresh the workers' copies?", flag: "--yes", signal }))) {
    throw interruptedError("nothing was changed");
  }
}

/** Ctrl-C reaches waits and calls as whatever they throw then; the limit has been set back by that time. */
const whyEnded =
  (signal: AbortSignal) =>
  (error: unknown): never => {
    if (signal.aborted && !(error instanceof LlmctlError))
      throw interruptedError("the key's limit is as it was before");
    throw error;
  };

const EXITS = {
  needless: EXIT.done,
  done: EXIT.done,
  refused: EXIT.finding,
  unverified: EXIT.unverified,
} satisfies Record<Refreshed["status"], ExitCode>;

function outcomeOf(context: Context, prepared: Prepared, refreshed: Refreshed | undefined): DocumentResult {
  const { document, page, brief } = documentOf(prepared, refreshed, context.clock.wall());
  return {
    kind: "document",
    document,
    page,
    brief,
    exit: refreshed === undefined ? EXIT.finding : EXITS[refreshed.status],
  };
}
