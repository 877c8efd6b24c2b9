import type { Context } from "../config/context.js";
import { requireRedis } from "../config/context.js";
import { describeRedis } from "../config/redis-url.js";
import type { DoctorOptions } from "../diagnose/options.js";
import type { CheckSelection } from "../diagnose/selection.js";
import type { DoctorFlags } from "../doctor/options.js";
import { EXIT, interruptedError } from "../errors.js";
import type { CommandResult } from "../output/command-result.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import type { Row } from "../output/page.js";
import type { Screen } from "../terminal/screen.js";
import { createMetricsSink } from "./metrics-sink.js";
import { readReconcileOptions } from "./options.js";
import { reconcile } from "./reconcile.js";
import { ScreenState } from "./screen-state.js";
import { describeTotals } from "./totals.js";
import { describeTick, renderScreen, renderSummary } from "./view.js";

/**
 * `doctor --watch`: drawn in place on a terminal, otherwise one line of JSON a tick. Ctrl-C ends it with 130, SIGTERM
 * with 0.
 */
export async function watchDoctor(
  context: Context,
  options: DoctorOptions,
  choice: CheckSelection,
  flags: DoctorFlags,
): Promise<CommandResult> {
  const { settings, terminal } = context;
  const target = requireRedis(settings);
  const how = readReconcileOptions(context, flags, options);
  const measured = how.metrics ? await createMetricsSink(context, how.metrics, how.everyMs) : undefined;
  const picturing = new ScreenState(describeRedis(target), how.everyMs);
  const run = reconcile(context, { target, options, choice, how, measured, picturing });
  const screen = settings.output === "table" ? terminal.screen() : undefined;
  if (screen) return drawUntilTheEnd(screen, run, picturing, context);
  return {
    kind: "live",
    rows: lines(run, picturing, context),
    exit: EXIT.done,
  };
}

async function drawUntilTheEnd(
  screen: Screen,
  run: AsyncGenerator<DoctorTick>,
  picturing: ScreenState,
  { terminal, signal }: Context,
): Promise<CommandResult> {
  const draw = () => {
    const { width, height } = screen;
    screen.draw(renderScreen(picturing.picture, { width, height, colour: terminal.colour.out }));
  };
  try {
    draw();
    for await (const _ of run) draw();
  } finally {
    screen.close();
  }
  const exit = signal.reason === "SIGTERM" ? EXIT.done : EXIT.interrupted;
  return { kind: "screen", page: renderSummary(picturing.picture), exit };
}

async function* lines(
  run: AsyncGenerator<DoctorTick>,
  picturing: ScreenState,
  { terminal, signal }: Context,
): AsyncGenerator<readonly Row[]> {
  let before: DoctorTick | undefined;
  for await (const tick of run) {
    for (const line of describeTick(tick, before)) terminal.note(line);
    before = tick;
    yield [tick];
  }
  if (signal.reason !== "SIGTERM") throw interruptedError(describeTotals(picturing.totals));
  terminal.note(describeTotals(picturing.totals));
}
