import type { Counter, Gauge, Histogram, Metrics } from "../../src/limiter/index.js";

/** Keeps what a limiter tells. */
export class Recorder implements Metrics {
  readonly counts: Partial<Record<Counter, number>> = {};
  readonly gauges: Partial<Record<Gauge, number>> = {};
  readonly seen: Partial<Record<Histogram, number[]>> = {};

  count(counter: Counter, by: number): void {
    this.counts[counter] = (this.counts[counter] ?? 0) + by;
  }

  gauge(gauge: Gauge, value: number): void {
    this.gauges[gauge] = value;
  }

  observe(histogram: Histogram, value: number): void {
    this.seen[histogram] ??= [];
    this.seen[histogram].push(value);
  }
}
