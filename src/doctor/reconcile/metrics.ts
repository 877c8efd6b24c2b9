import { Counter, Gauge, Registry } from "prom-client";
import type { DoctorTick } from "../../report/documents/doctor-tick.js";
import type { Series } from "./leaked.js";

const PER_KEY = ["owner", "namespace", "key"] as const;

/** A watch as Prometheus sees it. Names and labels are a contract: dashboards and alerts are written against them. */
export class WatchMetrics {
  readonly registry = new Registry();
  readonly #held = this.#perKey("held", "calls that a counter holds");
  readonly #limit = this.#perKey("limit", "its max_parallel_requests, where it is known");
  readonly #leaked = this.#perKey("leaked", "of the calls held, those that are over, as evidence shows");
  readonly #keys = this.#gauge("keys", "counters of calls in flight of the deployment that is examined");
  readonly #others = this.#gauge(
    "other_keys",
    "counters in this Redis that are not of the deployment that is examined; they are left alone",
  );
  readonly #omitted = this.#gauge("keys_omitted", "counters that have no series of their own here");
  readonly #watching = this.#gauge(
    "keys_watched",
    "counters at their limit that are watched, to tell a lock from calls",
  );
  readonly #left = this.#gauge("repairs_left", "repairs that could be made and were not");
  readonly #leader = this.#gauge("leader", "1 when this one may repair");
  readonly #up = this.#gauge("redis_up", "1 when Redis answered the last tick");
  readonly #lastTick = this.#gauge("last_tick_timestamp_seconds", "when the last tick was over");
  readonly #duration = this.#gauge("tick_duration_seconds", "how long the last tick took");
  readonly #ticks = this.#counter("ticks_total", "ticks by what came of them: ok, away, trouble", ["outcome"]);
  readonly #skipped = this.#counter("ticks_skipped_total", "ticks left out because the one before took so long");
  readonly #repairs = {
    done: this.#counter("repaired_total", "repairs made"),
    refused: this.#counter("refused_total", "repairs refused: the key had changed since it was looked at"),
    failed: this.#counter("failed_total", "repairs that failed"),
  };

  constructor() {
    for (const outcome of ["ok", "away", "trouble"]) this.#ticks.inc({ outcome }, 0);
  }

  /** What a tick saw, before it acted. */
  see(series: readonly Series[], omitted: number): void {
    for (const gauge of [this.#held, this.#limit, this.#leaked]) gauge.reset();
    for (const { owner, namespace, key, held, limit, leaked } of series) {
      const labels = { owner, namespace, key };
      this.#held.set(labels, held);
      if (limit !== null) this.#limit.set(labels, limit);
      this.#leaked.set(labels, leaked);
    }
    this.#omitted.set(omitted);
  }

  /** What came of it. */
  note(tick: DoctorTick): void {
    this.#keys.set(tick.keys);
    this.#others.set(tick.otherKeys);
    this.#watching.set(tick.watching);
    this.#left.set(tick.left);
    this.#leader.set(tick.role === "leader" ? 1 : 0);
    this.#up.set(tick.outcome === "away" ? 0 : 1);
    this.#lastTick.set(Date.parse(tick.time) / 1000);
    this.#duration.set(tick.durationMs / 1000);
    this.#ticks.inc({ outcome: tick.outcome });
    this.#skipped.inc(tick.skipped);
    this.#repairs.done.inc(tick.repaired);
    this.#repairs.refused.inc(tick.refused);
    this.#repairs.failed.inc(tick.failed);
  }

  #perKey(name: string, help: string) {
    return new Gauge({ name: `llmctl_${name}`, help, labelNames: PER_KEY, registers: [this.registry] });
  }

  #gauge(name: string, help: string) {
    return new Gauge({ name: `llmctl_${name}`, help, registers: [this.registry] });
  }

  #counter(name: string, help: string, labelNames: readonly "outcome"[] = []) {
    return new Counter({ name: `llmctl_${name}`, help, labelNames, registers: [this.registry] });
  }
}
