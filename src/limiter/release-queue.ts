import type { Context } from "./failure-domain.js";
import type { ReleaseOutcome } from "./lease.js";

/** Ids that go out with one release call; everybody whose id is among them shares one promise. */
export interface ReleaseBatch {
  readonly ids: readonly string[];
  /** Tell the server as well that nobody of this process waits any longer. */
  readonly leave: boolean;
  settle(outcome: ReleaseOutcome): void;
}

/** Past this many, ids whose release failed are left to their ttl. */
const mostOverdue = 10_000;

/** Ids on their way to release, and those whose release got no answer: they are tried again until their ttl has freed them anyway. */
export class ReleaseQueue {
  #ids: string[] = [];
  #outcome: Promise<ReleaseOutcome> | undefined;
  #settle: (outcome: ReleaseOutcome) => void = () => {};
  readonly #overdue = new Map<string, number>();
  #retry = false;
  /** Nobody of this process waits any longer. */
  leave = false;

  constructor(readonly context: Context) {}

  get empty(): boolean {
    return this.#outcome === undefined && !this.leave && !this.#retry;
  }

  get overdue(): number {
    return this.#overdue.size;
  }

  add(id: string): Promise<ReleaseOutcome> {
    this.#ids.push(id);
    this.#outcome ??= new Promise((resolve) => {
      this.#settle = resolve;
    });
    return this.#outcome;
  }

  /** All that is to go now, at most `most` ids a parcel; what is overdue goes along. */
  take(most: number): ReleaseBatch[] {
    if (this.empty) return [];
    const settle = this.#settle;
    const { leave } = this;
    const ids = this.#ids;
    const now = this.context.clock.monotonic();
    for (const [id, until] of this.#overdue) if (until > now) ids.push(id);
    this.#overdue.clear();
    this.#ids = [];
    this.#outcome = undefined;
    this.#settle = () => {};
    this.leave = this.#retry = false;
    const parcels: ReleaseBatch[] = [];
    let open = Math.max(1, Math.ceil(ids.length / most));
    for (let at = 0; at === 0 || at < ids.length; at += most) {
      parcels.push({
        ids: ids.slice(at, at + most),
        leave: leave && at === 0,
        settle: (outcome) => {
          open--;
          if (open === 0 || outcome !== "released") settle(outcome);
        },
      });
    }
    return parcels;
  }

  failed(parcel: ReleaseBatch): void {
    const until = this.context.clock.monotonic() + this.context.ttlMs;
    for (const id of parcel.ids)
      if (this.#overdue.size < mostOverdue && !this.#overdue.has(id)) this.#overdue.set(id, until);
    parcel.settle("unknown");
  }

  /** Marks what is overdue to be sent again; says whether there is any. */
  retry(): boolean {
    const now = this.context.clock.monotonic();
    for (const [id, until] of this.#overdue) if (until <= now) this.#overdue.delete(id);
    this.#retry = this.#overdue.size > 0;
    return this.#retry;
  }
}
