import { type Context, requireBaseUrl } from "../../config/context.js";
import { parseCount } from "../../config/duration.js";
import { EXIT, type ExitCode, usageError } from "../../errors.js";
import { configuredWindowMs } from "../../litellm/window.js";
import type { DocumentResult } from "../../output/command-result.js";
import type { MatrixCell, MatrixDocument } from "../../output/documents/matrix.js";
import { runId } from "../../runs/id.js";
import { type KeyUnderTest, keyUnderTest } from "../key.js";
import { type ProbeFlags, parseProbeOptions } from "../options.js";
import { maxCalls, planFor } from "../plan.js";
import { discoverTarget, openRedis, type Target } from "../target.js";
import { cellOptions, createCells, needsScript } from "./cells.js";
import { mapConcurrent } from "./map-concurrent.js";
import { matrixIssue, matrixPage } from "./page.js";
import { runCell } from "./run-cell.js";
import { brief, view } from "./view.js";

/** `llmctl probe --matrix`: every endpoint, plain and streamed, with every ending that the target supports. */
export async function matrix(context: Context, flags: ProbeFlags): Promise<DocumentResult> {
  const { clock, settings, terminal, signal } = context;
  const options = parseProbeOptions(flags, await configuredWindowMs(context.env, context.settings));
  const chosen = createCells(flags);
  const models = flags.model?.split(",").map((name) => name.trim()) ?? [undefined];
  const scripted = flags.scripted ?? false;
  const baseUrl = requireBaseUrl(settings);
  const startedAt = new Date(clock.wall()).toISOString();
  const began = clock.monotonic();
  const limit = flags.limit === undefined ? null : parseCount(flags.limit, "--limit");
  const jobs = readJobs(flags);

  // The first key is also used to discover the target.
  let spare: KeyUnderTest | undefined = await keyUnderTest(context, flags, runId(clock), () => {});
  const own = spare.temporary ? null : spare;
  const takeKey = async (): Promise<KeyUnderTest> => {
    const taken = own ?? spare ?? (await keyUnderTest(context, flags, runId(clock), () => {}));
    spare = undefined;
    return taken;
  };
  const rest = { untilMs: Number.NEGATIVE_INFINITY };
  const redis = await openRedis(context);
  try {
    const target = await discoverTarget(context, baseUrl, spare, limit);
    const trials = models.flatMap((model) => chosen.map((cell) => ({ cell, model })));
    const possible = trials.filter(({ cell }) => scripted || !needsScript(cell));
    announce(
      context,
      target,
      trials.length,
      possible.map(({ cell }) => cellOptions(cell, options, scripted)),
      redis !== null,
    );
    if (own)
      terminal.note("all cells share one key; if it locks, later cells mean nothing: --temp-key creates one for each");
    const over = () => signal.aborted;
    const cells = await mapConcurrent(trials, jobs, over, async ({ cell, model }, at) => {
      const mode = cell.stream ? "stream" : "plain";
      const about = `cell ${at + 1} of ${trials.length}, ${cell.name} ${mode} ${cell.ending}`;
      terminal.progress.show(about);
      const id = runId(clock);
      const row = await runCell(context, { id, cell, about, options, model, target, redis, scripted, rest, takeKey });
      // A plan takes no time, and all of it is in the table.
      if (!settings.dryRun) terminal.note(`${row.endpoint} ${mode} ${row.ending}, ${row.model}: ${row.status}`);
      return row;
    });
    const document: MatrixDocument = {
      schema: "llmctl.matrix/1",
      startedAt,
      durationMs: Math.round(clock.monotonic() - began),
      target: { baseUrl, version: target.version },
      limit: target.limit.value,
      cells,
    };
    const exit = signal.aborted ? EXIT.interrupted : settings.dryRun ? EXIT.done : exitOf(cells);
    const pages = { html: () => matrixPage(document), markdown: () => matrixIssue(document) };
    return { kind: "document", document, page: view(document), exit, brief: brief(cells), pages };
  } finally {
    await spare?.dispose(redis, null);
    await redis?.close();
  }
}

/** How many cells run at once. Each then needs its own key: calls of one cell would hold the slots of another. */
function readJobs({ jobs, tempKey }: ProbeFlags): number {
  const count = parseCount(jobs ?? "1", "--jobs");
  if (count === 1 || tempKey) return count;
  throw usageError({
    code: "jobs-need-keys",
    message: `--jobs ${count} needs a key for each cell`,
    hint: "add --temp-key, or leave out --jobs",
  });
}

/** Prints the most that all cells together can cost, before the first call. */
function announce(
  { terminal }: Context,
  target: Target,
  all: number,
  cellsOptions: ReturnType<typeof cellOptions>[],
  redis: boolean,
) {
  const costs = cellsOptions.map((options) => maxCalls(options, planFor(options, target.limit.value, redis)));
  const sum = (of: (cost: (typeof costs)[number]) => number) => costs.reduce((total, cost) => total + of(cost), 0);
  terminal.note(
    `${all} cells on ${target.baseUrl}, limit ${target.limit.value ?? "not known yet"}, of which ${cellsOptions.length} can be run: ` +
      `${sum(({ planned }) => planned)} calls; up to ${sum(({ rechecks }) => rechecks)} more if it needs to recheck; at most ${sum(({ tokens }) => tokens)} tokens in all`,
  );
}

function exitOf(cells: readonly MatrixCell[]): ExitCode {
  const statuses = new Set(cells.map(({ status }) => status));
  for (const bad of ["leak", "over-admission", "false-rejection", "slow-release"] as const) {
    if (statuses.has(bad)) return EXIT.finding;
  }
  return statuses.has("inconclusive") ? EXIT.inconclusive : EXIT.done;
}
