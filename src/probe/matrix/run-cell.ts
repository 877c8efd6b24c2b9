import type { Context } from "../../config/context.js";
import { LlmctlError } from "../../errors.js";
import { endpoints } from "../../llm/endpoints/index.js";
import { chooseModel } from "../../llm/model.js";
import type { MatrixCell } from "../../output/documents/matrix.js";
import type { ProbeDocument } from "../../output/documents/probe.js";
import type { RedisConnection } from "../../redis/connect.js";
import type { KeyUnderTest } from "../key.js";
import type { ProbeOptions } from "../options.js";
import { type PreparedRun, prepareRun, toSurroundings } from "../prepare-run.js";
import { ProgressLine } from "../progress-line.js";
import { runProbe } from "../run-probe.js";
import type { Target } from "../target.js";
import { type Cell, cellOptions, needsScript } from "./cells.js";

/** What one cell needs to run. */
export interface CellTrial {
  readonly id: string;
  readonly cell: Cell;
  /** A label for this cell. */
  readonly about: string;
  readonly options: ProbeOptions;
  /** Undefined: the first model that fits the endpoint. */
  readonly model: string | undefined;
  readonly target: Target;
  readonly redis: RedisConnection | null;
  /** The model obeys the prompt. */
  readonly scripted: boolean;
  /**
   * Until when slots of the last cell with the same key may be held, in milliseconds of the monotonic clock. Each cell
   * updates it.
   */
  readonly rest: { untilMs: number };
  /** Returns a key for this cell. What it leaks must not count in the next cell. */
  readonly takeKey: () => Promise<KeyUnderTest>;
}

/**
 * Runs one cell; in a dry run, only decides whether it can be run. An error is the cell's result: the other cells
 * continue.
 */
export async function runCell(context: Context, trial: CellTrial): Promise<MatrixCell> {
  const { cell, target, redis, scripted } = trial;
  const row = { endpoint: endpoints[cell.name].path, stream: cell.stream, ending: cell.ending };
  const nothing = { ...row, model: trial.model ?? "-", slots: [], calls: 0, run: null };
  let key: KeyUnderTest | undefined;
  let prepared: PreparedRun | undefined;
  try {
    const model = chooseModel(endpoints[cell.name], trial.model, target.models);
    if (needsScript(cell) && !scripted) {
      const proof = "needs a provider that fails on request (llmctl lab: --scripted)";
      return { ...nothing, model, status: "skipped", proof };
    }
    if (context.settings.dryRun) return { ...nothing, model, status: "planned", proof: "" };
    key = await trial.takeKey();
    await key.look(redis, [context.settings.redisNamespace ?? null]);
    if (!key.temporary) await restUntil(context, trial.rest.untilMs);
    const options = cellOptions(cell, trial.options, scripted);
    const { id, about } = trial;
    prepared = prepareRun({ ...toSurroundings(context), id, endpoint: cell.name, model, options, key, target, redis });
    const document = await runProbe(prepared, new ProgressLine(context.terminal, target.limit.value, about));
    trial.rest.untilMs = context.clock.monotonic() + restMs(document, options);
    return { ...row, model, ...judged(document), calls: document.requests.sent, run: document.run };
  } catch (error) {
    if (!(error instanceof LlmctlError) || context.signal.aborted) throw error;
    return { ...nothing, status: "inconclusive", proof: error.message };
  } finally {
    await key?.dispose(redis, prepared?.slots ?? null);
  }
}

async function restUntil({ clock, signal }: Context, untilMs: number): Promise<void> {
  const restMs = untilMs - clock.monotonic();
  if (restMs <= 0) return;
  // Ctrl-C ends the wait, and then the cell, so that the results of the other cells are kept.
  await clock.sleep(restMs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/**
 * How long slots of this cell may be held, in milliseconds; the next cell with the same key would take them for other
 * clients'.
 */
function restMs({ recovery, slots }: ProbeDocument, { maxLagMs }: ProbeOptions): number {
  const lateMs = recovery?.toMs ?? 0;
  if (lateMs > 0) return Math.max(maxLagMs, lateMs);
  return slots !== null && slots.after <= slots.before ? 0 : maxLagMs;
}

function judged({ verdict }: ProbeDocument): Pick<MatrixCell, "status" | "proof" | "slots"> {
  const [first] = verdict.findings;
  if (verdict.status === "finding" && first) {
    return { status: first.kind, proof: first.proof, slots: first.evidence.flatMap(({ slots }) => slots) };
  }
  if (verdict.status === "healthy") return { status: "healthy", proof: "", slots: [] };
  const doubts = verdict.doubts.filter(({ explains }) => explains);
  return { status: "inconclusive", proof: doubts.map(({ id, text }) => `${id}: ${text}`).join("; "), slots: [] };
}
