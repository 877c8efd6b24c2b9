import type { Counter, Gauge, Histogram, Metrics } from "./metrics.js";

interface Labelled {
  name: string;
  help: string;
  labelNames: string[];
  registers?: never[];
}

/** What {@link promMetrics} needs of prom-client: pass the module itself. */
export interface PromClient {
  readonly Counter: new (options: Labelled) => { inc(labels: Record<string, string>, by: number): void };
  readonly Gauge: new (options: Labelled) => { set(labels: Record<string, string>, value: number): void };
  readonly Histogram: new (
    options: Labelled & { buckets: number[] },
  ) => { observe(labels: Record<string, string>, value: number): void };
}

/** Options of {@link promMetrics}. */
export interface PromMetricsOptions {
  /** Begins every metric's name. Default `llmctl_limiter_`. */
  prefix?: string;
  /** Label each value with the limiter's name: only where the names are few. Default false. */
  byName?: boolean;
  /** prom-client registries to register with. Default: prom-client's own. */
  registers?: readonly unknown[];
}

/**
 * Metrics as Prometheus wants them: `events_total{event}`, `held`, `limit`, `waiting`, `breaker`, `clock_offset_seconds`, and histograms of
 * seconds for acquire, wait, hold and renewal lag, `batch_size` of ids.
 */
export function promMetrics(client: PromClient, options: PromMetricsOptions = {}): Metrics {
  const { prefix = "llmctl_limiter_", byName = false, registers } = options;
  const own = byName ? ["name"] : [];
  const shared = (name: string, help: string, labels: string[] = []): Labelled => ({
    name: `${prefix}${name}`,
    help,
    labelNames: [...labels, ...own],
    ...(registers && { registers: registers as never[] }),
  });
  const events = new client.Counter(shared("events_total", "What the limiter did, by kind", ["event"]));
  const gauge = (name: string, help: string) => new client.Gauge(shared(name, help));
  const histogram = (name: string, help: string, buckets: number[]) =>
    new client.Histogram({ ...shared(name, help), buckets });
  const seconds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300];
  const gauges: Record<Gauge, ReturnType<typeof gauge>> = {
    limit: gauge("limit", "The limit of the last call"),
    held: gauge("held", "Slots taken, by all processes"),
    waiting: gauge("waiting", "Callers of this process that wait"),
    breaker: gauge("breaker", "1 while Redis is skipped"),
    clockOffset: gauge("clock_offset_seconds", "Redis' clock minus this process's monotonic clock"),
  };
  const histograms: Record<Histogram, ReturnType<typeof histogram>> = {
    acquire: histogram("acquire_seconds", "Time of an acquire that does not wait", seconds),
    wait: histogram("wait_seconds", "Time of an acquire that waits", seconds),
    hold: histogram("hold_seconds", "Time from acquire to release", seconds),
    batch: histogram("batch_size", "Ids in one acquire call", [1, 2, 5, 10, 50, 100, 500, 1_000]),
    renewalLag: histogram("renewal_lag_seconds", "How long after a third of the ttl a renewal was sent", seconds),
  };
  const labels = (name: string) => (byName ? { name } : {}) as Record<string, string>;
  return {
    count: (event: Counter, by, name) => events.inc({ event, ...labels(name) }, by),
    gauge: (what, value, name) => gauges[what].set(labels(name), what === "clockOffset" ? value / 1_000 : value),
    observe: (what, value, name) => histograms[what].observe(labels(name), what === "batch" ? value : value / 1_000),
  };
}
