import type { Repair } from "../output/documents/doctor.js";
import type { DoctorTick } from "../output/documents/doctor-tick.js";
import type { Condition } from "./conditions.js";
import { addTick, NO_TICKS, type Totals } from "./totals.js";
import type { Screen } from "./view.js";

const MOST_REPAIRS = 10;

/** What a screen shows of a watch, kept up to date tick by tick; it grows with nothing. */
export class ScreenState {
  #tick: DoctorTick | undefined;
  #conditions: readonly Condition[] | undefined;
  #repairs: readonly (Repair & { readonly time: string })[] = [];
  #backup: string | null = null;
  #totals: Totals = NO_TICKS;

  constructor(
    private readonly redis: string,
    private readonly everyMs: number,
  ) {}

  note(tick: DoctorTick, conditions: readonly Condition[] | undefined): void {
    this.#tick = tick;
    this.#conditions = conditions;
    this.#backup = tick.backup ?? this.#backup;
    this.#totals = addTick(this.#totals, tick);
    const made = tick.repairs.slice(0, MOST_REPAIRS).map((one) => ({ ...one, time: tick.time }));
    this.#repairs = [...made, ...this.#repairs].slice(0, MOST_REPAIRS);
  }

  get totals(): Totals {
    return this.#totals;
  }

  get picture(): Screen {
    return {
      redis: this.redis,
      everyMs: this.everyMs,
      tick: this.#tick,
      conditions: this.#conditions,
      repairs: this.#repairs,
      backup: this.#backup,
      totals: this.#totals,
    };
  }
}
