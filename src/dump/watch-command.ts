import type { Context } from "../config/context.js";
import { parseDuration } from "../config/duration.js";
import type { RedisSettings } from "../config/settings.js";
import { EXIT, interruptedError, usageError } from "../errors.js";
import type { CommandResult } from "../output/command-result.js";
import type { DumpDocument } from "../output/documents/dump.js";
import type { Row } from "../output/page.js";
import { connectRedis, type RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";
import type { Screen } from "../terminal/screen.js";
import { readDocument } from "./document.js";
import type { RowSources } from "./stream-rows.js";
import { view } from "./view.js";
import { type Frame, watch } from "./watch.js";
import { changeRow, drawFrame } from "./watch-view.js";

const SHORTEST_MS = 100;

/**
 * `dump --watch`: redrawn in place on a terminal, otherwise one line for each change. Ctrl-C ends it with 130, SIGTERM
 * with 0.
 */
export async function watchDump(
  context: Context,
  target: RedisSettings,
  sources: RowSources,
  every = "2s",
): Promise<CommandResult> {
  const { settings, terminal, clock, signal } = context;
  const everyMs = parseDuration(every, "--every");
  if (everyMs < SHORTEST_MS)
    throw usageError({ code: "bad-every", message: `--every ${every} is too often`, hint: "use 100ms or more" });
  if (settings.output === "markdown" || settings.output === "html") {
    throw usageError({
      code: "bad-output",
      message: `--watch cannot print ${settings.output}`,
      hint: "use --output ndjson or csv, or none",
    });
  }
  const reader = new Reader(target, sources, settings.timeoutMs);
  const frames = watch({ read: () => reader.read(), everyMs, clock, signal });
  const screen = settings.output === "table" ? terminal.screen() : undefined;
  if (screen) return drawUntilTheEnd(screen, frames, reader, context, everyMs);
  const { value: first } = await frames.next();
  if (!first) throw interruptedError("Redis was only read");
  return {
    kind: "live",
    rows: lines(first, frames, reader, context),
    exit: EXIT.done,
  };
}

async function drawUntilTheEnd(
  screen: Screen,
  frames: AsyncGenerator<Frame>,
  reader: Reader,
  { terminal, signal, clock }: Context,
  everyMs: number,
): Promise<CommandResult> {
  let last: Frame | undefined;
  try {
    for await (const frame of frames) {
      last = frame;
      const { width, height } = screen;
      screen.draw(drawFrame(frame, { width, height, colour: terminal.colour.out, everyMs, now: clock.wall() }));
    }
  } finally {
    screen.close();
    await reader.close();
  }
  if (!last) throw interruptedError("Redis was only read");
  const exit = signal.reason === "SIGTERM" ? EXIT.done : EXIT.interrupted;
  return { kind: "screen", page: view(last.document), exit };
}

async function* lines(
  first: Frame,
  frames: AsyncGenerator<Frame>,
  reader: Reader,
  { terminal, signal, clock }: Context,
): AsyncGenerator<readonly Row[]> {
  let away = false;
  const rows = (frame: Frame): Row[] => {
    if (frame.away !== undefined && !away) terminal.warn(`${frame.away}; trying again`);
    if (frame.away === undefined && away) terminal.warn("Redis answers again");
    away = frame.away !== undefined;
    return frame.changes.map((change) => changeRow(change, clock.wall()));
  };
  try {
    yield rows(first);
    for await (const frame of frames) yield rows(frame);
  } finally {
    await reader.close();
  }
  if (signal.reason !== "SIGTERM") throw interruptedError("Redis was only read");
}

/** Keeps a connection between readings, and opens a new one after a failure. */
class Reader {
  #redis: RedisConnection | undefined;

  constructor(
    private readonly target: RedisSettings,
    private readonly sources: RowSources,
    private readonly timeoutMs: number,
  ) {}

  async read(): Promise<DumpDocument> {
    this.#redis ??= await connectRedis(this.target, { timeoutMs: this.timeoutMs });
    const { address } = this.#redis;
    try {
      return await readDocument(this.#redis, this.sources);
    } catch (error) {
      await this.close();
      throw explainIfRedis(error, address);
    }
  }

  async close(): Promise<void> {
    await this.#redis?.close();
    this.#redis = undefined;
  }
}
