import type { Context } from "../../src/config/context.js";
import type { Settings } from "../../src/config/settings.js";
import { doctor } from "../../src/doctor/command.js";
import type { TypedFlags } from "../../src/doctor/suggestions.js";
import { type DoctorTick, doctorTick } from "../../src/output/documents/doctor-tick.js";
import type { ServerFixture } from "./doctor-fixture.js";

/** A `doctor --watch` off a terminal, in this process. */
export interface Watching {
  readonly ticks: readonly DoctorTick[];
  said(): string;
  /** Waits for a tick that is so, from the n-th on; returns it. */
  until(is: (tick: DoctorTick) => boolean, from?: number): Promise<DoctorTick>;
  /** Sends it the signal; resolves with its exit code when it has ended. */
  end(signal?: "SIGTERM" | "SIGINT"): Promise<number>;
}

/** LiteLLM's window, made short. */
export const WINDOW_MS = 1000;

export function startWatch(fixture: ServerFixture, flags: TypedFlags, settings: Partial<Settings> = {}): Watching {
  const interruption = new AbortController();
  const env = { LITELLM_RATE_LIMIT_WINDOW_SIZE: `${WINDOW_MS / 1000}` };
  const context = fixture.context({ output: "ndjson", ...settings }, env, interruption.signal);
  const ticks: DoctorTick[] = [];
  let failure: unknown;
  const done = follow(context, flags, ticks).catch((error: unknown) => {
    failure = error;
    return (error as { exit?: number }).exit ?? 1;
  });
  return {
    ticks,
    said: () => context.said(),
    async until(is, from = 0) {
      for (let waited = 0; waited < 12_000; waited += 20) {
        const found = ticks.slice(from).find(is);
        if (found) return found;
        if (failure !== undefined) throw failure;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`no such tick:\n${ticks.map((tick) => JSON.stringify(tick)).join("\n")}\n${context.said()}`);
    },
    end(signal = "SIGTERM") {
      interruption.abort(signal);
      return done;
    },
  };
}

async function follow(context: Context, flags: TypedFlags, ticks: DoctorTick[]): Promise<number> {
  const result = await doctor(context, { every: "1s", observe: "1100ms", ...flags, watch: true });
  if (result.kind !== "live") throw new Error(`rows were expected, and not: ${result.kind}`);
  for await (const rows of result.rows) ticks.push(...rows.map((row) => doctorTick.parse(row)));
  return result.exit;
}
