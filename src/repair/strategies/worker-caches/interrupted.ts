import type { Context } from "../../../config/context.js";
import { requireApiKey, requireBaseUrl } from "../../../config/context.js";
import { describeInterrupted, type InterruptedRefresh } from "../../../diagnose/repair-history.js";
import { usageError } from "../../../errors.js";
import { createUnpooledAdmin } from "../../../litellm/api/unpooled-admin.js";
import type { Repair } from "../../../output/documents/doctor.js";
import { shellQuoted } from "../../../terminal/shell.js";
import { openedJournal, openRefreshes, passOver } from "./journal.js";
import { restoreLimit } from "./restore.js";

/**
 * Refreshes that raised a limit and never said that it was set back: of the proxy that the operator has named, or of
 * every one when none was named. Where the proxy tells another limit than the raised one, it was put right by hand.
 */
export async function interruptedRefreshes(
  { settings, terminal }: Pick<Context, "settings" | "terminal">,
  limitOf: ((key: string) => number | null) | null = null,
): Promise<InterruptedRefresh[]> {
  const open = await openRefreshes(settings.stateDir, passOver(terminal));
  return open.filter(
    ({ baseUrl, key, to }) =>
      (settings.baseUrl === undefined || baseUrl === settings.baseUrl) && (limitOf === null || limitOf(key) === to),
  );
}

/**
 * The interrupted refreshes that undo may complete: those of the proxy that the operator has named. An address that
 * stands in a file is shown and never called: the admin's key would go there. Exit 2 when none was named and there is
 * something to complete.
 */
export async function refreshesToComplete({ settings, terminal }: Context): Promise<InterruptedRefresh[]> {
  const open = await openRefreshes(settings.stateDir);
  const [first] = open;
  if (first && settings.baseUrl === undefined) {
    throw usageError({
      code: "no-base-url",
      message: `${describeInterrupted(first)}; it was at ${first.baseUrl}, an address that is only taken from you`,
      hint: `is it yours? then: llmctl doctor undo --base-url ${shellQuoted(first.baseUrl)}; to undo a repair instead, name it: llmctl doctor undo <id>`,
    });
  }
  for (const one of open.filter(({ baseUrl }) => baseUrl !== settings.baseUrl)) {
    terminal.warn(
      `${describeInterrupted(one)}; that was at ${one.baseUrl}, which is not the proxy that was named: it is left alone`,
    );
  }
  return open.filter(({ baseUrl }) => baseUrl === settings.baseUrl);
}

/**
 * Sets the limits back that interrupted refreshes left raised. Nobody counts the workers here, so each gets a minute to
 * hear of it.
 */
export async function completeRefreshes(context: Context, open: readonly InterruptedRefresh[]): Promise<Repair[]> {
  const { settings, clock, signal, terminal } = context;
  const rows: Repair[] = [];
  const baseUrl = requireBaseUrl(settings);
  for (const one of open) {
    if (one.baseUrl !== baseUrl) throw new Error(`a refresh at ${one.baseUrl} is not to be completed at ${baseUrl}`);
    const admin = createUnpooledAdmin({ baseUrl, apiKey: requireApiKey(settings), timeoutMs: settings.timeoutMs }, 1);
    const hands = {
      held: async () => 0,
      limit: () => admin.limit(one.key),
      setLimit: (limit: number) => admin.setLimit(one.key, limit),
      progress: (text: string) => terminal.progress.show(text),
      ...{ clock, signal },
    };
    try {
      const journal = openedJournal(settings.stateDir, () => clock.wall(), one);
      const outcome = await restoreLimit(hands, one, journal);
      rows.push(rowOf(one, "done", outcome === "left" ? "another limit was set since; it was left" : ""));
    } finally {
      await admin.close();
    }
  }
  return rows;
}

export const rowOf = (one: InterruptedRefresh, status: Repair["status"], reason: string): Repair => ({
  id: `mirrors-${one.key.slice(0, 8)}`,
  key: one.key,
  action: `set the limit back from ${one.to} to ${one.from}`,
  evidence: [describeInterrupted(one)],
  status,
  reason,
});
