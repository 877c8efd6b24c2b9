import type { Context } from "../config/context.js";
import type { Counter } from "../diagnose/counter.js";
import type { PlannedRepair } from "../diagnose/plan.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import { metricSeries } from "./metric-series.js";
import type { ReconcileOptions } from "./options.js";

/** Serves what a watch sees and does as metrics. */
export interface MetricsSink {
  see(counters: readonly Counter[], plan: readonly PlannedRepair[]): void;
  note(tick: DoctorTick): void;
  close(): Promise<void>;
}

/** So many periods without a tick are taken for a watch that hangs. */
const UNWELL_AFTER = 3;

/** Serves the metrics of a watch; the packages that this takes are loaded now and not before. */
export async function createMetricsSink(
  { terminal, clock }: Context,
  where: NonNullable<ReconcileOptions["metrics"]>,
  everyMs: number,
): Promise<MetricsSink> {
  const [{ WatchMetrics }, { serveMetrics }] = await Promise.all([
    import("./metrics.js"),
    import("./metrics-server.js"),
  ]);
  const metrics = new WatchMetrics();
  let lastMs: number | undefined;
  const serving = await serveMetrics({
    ...where,
    contentType: metrics.registry.contentType,
    metrics: async () => terminal.secrets.text(await metrics.registry.metrics()),
    ageMs: () => (lastMs === undefined ? undefined : clock.monotonic() - lastMs),
    oldMs: UNWELL_AFTER * everyMs,
  });
  terminal.note(`metrics: ${serving.url}/metrics, health: ${serving.url}/healthz`);
  return {
    see(counters, plan) {
      const { series, omitted } = metricSeries(counters, plan);
      metrics.see(series, omitted);
    },
    note(tick) {
      lastMs = clock.monotonic();
      metrics.note(tick);
    },
    close: () => serving.close(),
  };
}
