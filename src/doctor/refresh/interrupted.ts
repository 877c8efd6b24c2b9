import type { Context } from "../../config/context.js";
import { requireApiKey } from "../../config/context.js";
import { shortHash } from "../../litellm/owner.js";
import { limitOf, type Roster } from "../../litellm/roster.js";
import type { Repair } from "../../output/documents/doctor.js";
import { spreadAdmin } from "./admin.js";
import { type OpenRefresh, openedJournal, openRefreshes } from "./journal.js";
import { restoreLimit } from "./restore.js";

/**
 * Refreshes of this proxy that raised a limit and never said that it was set back. Where the proxy tells another limit than the raised one,
 * somebody has put it right by hand.
 */
export async function interruptedRefreshes(
  { settings }: Pick<Context, "settings">,
  roster: Roster | null = null,
): Promise<OpenRefresh[]> {
  const open = await openRefreshes(settings.stateDir);
  return open.filter(
    ({ baseUrl, key, to }) =>
      (settings.baseUrl === undefined || baseUrl === settings.baseUrl) &&
      (roster === null || limitOf(roster, key) === to),
  );
}

export const sayInterrupted = ({ key, alias, from, to, at }: OpenRefresh): string =>
  `a refresh was interrupted (${at}): the limit of ${alias ?? shortHash(key)} is ${to}, and was ${from} before`;

/** Sets the limits back that interrupted refreshes left raised. Nobody counts the workers here, so each gets a minute to hear of it. */
export async function completeRefreshes(context: Context, open: readonly OpenRefresh[]): Promise<Repair[]> {
  const { settings, clock, signal, terminal } = context;
  const rows: Repair[] = [];
  for (const one of open) {
    const admin = spreadAdmin(
      { baseUrl: one.baseUrl, apiKey: requireApiKey(settings), timeoutMs: settings.timeoutMs },
      1,
    );
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
      rows.push(rowOf(one, "done", outcome === "left" ? "somebody else has set another limit since; it was left" : ""));
    } finally {
      await admin.close();
    }
  }
  return rows;
}

export const rowOf = (one: OpenRefresh, status: Repair["status"], reason: string): Repair => ({
  id: `mirrors-${one.key.slice(0, 8)}`,
  key: one.key,
  action: `set the limit back from ${one.to} to ${one.from}`,
  evidence: [sayInterrupted(one)],
  status,
  reason,
});
