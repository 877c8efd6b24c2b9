import type { Context } from "../config/context.js";
import type { RedisSettings } from "../config/settings.js";
import type { DoctorOptions } from "../diagnose/options.js";
import type { CheckSelection } from "../diagnose/selection.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import { connectRedis } from "../redis/connect.js";
import { Leadership } from "./leadership.js";
import { ticks, WakeSignal } from "./loop.js";
import type { MetricsSink } from "./metrics-sink.js";
import type { ReconcileOptions } from "./options.js";
import { Reconciler } from "./reconciler.js";
import type { ScreenState } from "./screen-state.js";

export interface ReconcileSources {
  readonly target: RedisSettings;
  readonly options: DoctorOptions;
  readonly choice: CheckSelection;
  readonly how: ReconcileOptions;
  readonly measured: MetricsSink | undefined;
  readonly picturing: ScreenState;
}

/** All ticks until the signal comes. However it ends, the lock is given back and nothing is left open. */
export async function* reconcile(context: Context, sources: ReconcileSources): AsyncGenerator<DoctorTick> {
  const { settings, clock, signal } = context;
  const { target, options, choice, how, measured, picturing } = sources;
  const bell = new WakeSignal();
  const connect = () => connectRedis(target, { timeoutMs: settings.timeoutMs });
  const leadership = how.acts ? new Leadership({ connect, clock, changed: () => bell.ring() }) : undefined;
  const reconciler = new Reconciler({
    ...{ context, target, options, choice, leadership },
    maxRepairs: how.maxRepairs,
    seen: (counters, plan) => measured?.see(counters, plan),
  });
  const end = new AbortController();
  let beside: Promise<unknown> = Promise.resolve();
  let defect: unknown;
  const work = async (number: number, skipped: number): Promise<DoctorTick> => {
    const tick = await reconciler.tick(number, skipped);
    if (defect !== undefined) throw defect;
    measured?.note(tick);
    picturing.note(tick, reconciler.conditions);
    return tick;
  };
  try {
    await leadership?.look();
    // The first tick is about to come anyway.
    bell.quiet();
    beside = Promise.all([reconciler.observer.run(end.signal), leadership?.run(end.signal)]);
    // A defect of what runs beside the ticks ends them too.
    beside.catch((error: unknown) => {
      defect = error;
      bell.ring();
    });
    yield* ticks({ work, everyMs: how.everyMs, clock, signal, bell });
  } finally {
    end.abort();
    await Promise.allSettled([beside]);
    await leadership?.close();
    await reconciler.close();
    await measured?.close();
  }
}
