import type { Context } from "./context.js";
import type { ReleaseOutcome } from "./lease.js";

/** Ids that go out with one release call; all callers whose ids are among them share one promise. */
export interface ReleaseBatch {
  /** The first `renewed` of them have been renewed. */
  readonly ids: readonly string[];
  readonly renewed: number;
  /** Tell the server as well that no caller of this process waits any longer. */
  readonly leave: boolean;
  settle(outcome: ReleaseOutcome): void;
}

/** Past this many, ids whose release failed are left to their ttl. */
const mostOverdue = 10_000;

/** Ids on their way to release, and those whose release got no answer: they are tried again until their ttl has freed them anyway. */
export class ReleaseQueue {
  #ids: string[] = [];
  #renewed: string[] = [];
  #outcome: Promise<ReleaseOutcome> | undefined;
  #settle: (outcome: ReleaseOutcome) => void = () => {};
  readonly #overdue = new Map<string, number>();
  #retry = false;
  /** No caller of this process waits any longer. */
  leave = false;

  constructor(readonly context: Context) {}

  get empty(): boolean {
    return this.#outcome === undefined && !this.leave && !this.#retry;
  }

  get overdue(): number {
    return this.#overdue.size;
  }

  /** `renewed`: a renewal of it was sent, and may arrive after the release. */
  add(id: string, renewed: boolean): Promise<ReleaseOutcome> {
    (renewed ? this.#renewed : this.#ids).push(id);
    this.#outcome ??= new Promise((resolve) => {
      this.#settle = resolve;
    });
    return this.#outcome;
  }

  /** All that is to go now, at most `most` ids a batch; what is overdue goes along. */
  take(most: number): ReleaseBatch[] {
    if (this.empty) return [];
    const settle = this.#settle;
    const { leave } = this;
    const now = this.context.clock.monotonic();
    const first = this.#renewed;
    for (const [id, until] of this.#overdue) if (until > now) first.push(id);
    const renewed = first.length;
    const ids = renewed > 0 ? first.concat(this.#ids) : this.#ids;
    this.#overdue.clear();
    this.#ids = [];
    this.#renewed = [];
    this.#outcome = undefined;
    this.#settle = () => {};
    this.leave = this.#retry = false;
    const batches: ReleaseBatch[] = [];
    let open = Math.max(1, Math.ceil(ids.length / most));
    for (let at = 0; at === 0 || at < ids.length; at += most) {
      batches.push({
        ids: ids.length <= most ? ids : ids.slice(at, at + most),
        renewed: Math.max(0, Math.min(most, renewed - at)),
        leave: leave && at === 0,
        settle: (outcome) => {
          open--;
          if (open === 0 || outcome !== "released") settle(outcome);
        },
      });
    }
    return batches;
  }

  failed(batch: ReleaseBatch): void {
    const until = this.context.clock.monotonic() + this.context.ttlMs;
    for (const id of batch.ids)
      if (this.#overdue.size < mostOverdue && !this.#overdue.has(id)) this.#overdue.set(id, until);
    batch.settle("unknown");
  }

  /** Marks what is overdue to be sent again; says whether there is any. */
  retry(): boolean {
    const now = this.context.clock.monotonic();
    for (const [id, until] of this.#overdue) if (until <= now) this.#overdue.delete(id);
    this.#retry = this.#overdue.size > 0;
    return this.#retry;
  }
}
