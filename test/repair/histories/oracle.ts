import { enoughMsIn } from "./deployments.js";
import type { Call } from "./intercepted.js";
import type { LiveCall, Truth } from "./model.js";
import type { Hospital } from "./redis-server.js";
import { deadPart, deadSlots, differs, type Watching } from "./rules.js";
import { look, type Seen } from "./snapshot.js";

const RELEASES = new Set(["release-slots", "release-counter"]);
const RESTORES = new Set(["restore-slots", "restore-key"]);

/** What a repair took of a number, and what it left. */
interface TakenNumber {
  readonly value: string;
  readonly endless: boolean;
  /** "unknown": its reply was lost, so it may never have been carried out. */
  readonly left: { readonly value: string; readonly endless: boolean } | null | "unknown";
  readonly live: readonly LiveCall[];
  readonly proved: number;
}

/** Everything that doctors ever took of one key in a history. */
export interface Taken {
  readonly slots: Map<string, number>;
  readonly numbers: TakenNumber[];
}

/** Looks at a key after each command of a doctor that may have changed it, and says what should not have been. */
export class Judge {
  /** Keys that this doctor has changed. */
  readonly changed = new Set<string>();
  /**
   * Another doctor has come in between with a lock of its own, as only lost data or an interloper can bring about: a lock that runs out is seen by
   * its holder. What a run proves of a number is good for one repair, and which of the two makes it cannot be told then.
   */
  overtaken = false;
  readonly #watched = new Map<string, Watching>();
  /** Keys as the backup has them. */
  readonly #saved = new Map<string, Truth>();
  /** The event before which it last read. */
  #read = 0;

  constructor(private readonly hospital: Hospital) {}

  /** `event`: the one before which it looked. A script that the server did not know has looked at nothing, and its call has failed. */
  looked({ what, key }: Call, event: number, sampledMs: number | null): void {
    if (what === "read-many" || what === "read") this.#read = event;
    const truth = what === "save" && this.hospital.world.keys.find(({ name }) => name === key);
    if (truth) this.#saved.set(truth.name, structuredClone(truth));
    if (sampledMs === null || key === undefined) return;
    const { since, fromMs } = this.#watched.get(key) ?? { since: event, fromMs: sampledMs };
    this.#watched.set(key, { since, fromMs, toMs: sampledMs });
  }

  /** No reply came: whoever undoes it finds what the backup has gone, be it by the repair or by calls, and may put that back. */
  lost({ what, key }: Call): void {
    const saved = RELEASES.has(what) && key !== undefined && this.#saved.get(key);
    if (!saved) return;
    const { name, members, value, endless, live, proved } = saved;
    const taken = this.#taken(name);
    for (const [id, score] of members) taken.slots.set(id, score);
    if (saved.type === "string") taken.numbers.push({ value, endless, left: "unknown", live, proved });
  }

  async after({ what, key }: Call): Promise<void> {
    const { world, lane } = this.hospital;
    if (key === undefined || (!RELEASES.has(what) && !RESTORES.has(what))) return;
    // Before its first act a doctor tries on a key of its own whether undo would work.
    if (RESTORES.has(what) && key.startsWith("llmctl:rehearsal:")) return;
    const truth = world.keys.find(({ name }) => name === key);
    if (!truth) return this.#wrong(`${what} on ${key}, which is none of the limiter's`);
    const seen = (await look(lane.admin, [key])).get(key) as Seen;
    if (differs(truth, seen) === undefined) return;
    this.changed.add(key);
    if (RELEASES.has(what)) this.#release(truth, seen);
    else this.#restore(truth, seen);
  }

  #wrong(what: string): void {
    this.hospital.wrong.push(what);
  }

  #taken(name: string): Taken {
    const { taken } = this.hospital;
    const there = taken.get(name) ?? { slots: new Map(), numbers: [] };
    taken.set(name, there);
    return there;
  }

  #release(truth: Truth, seen: Seen): void {
    const { story, counts } = this.hospital;
    const watched = this.#watched.get(truth.name);
    const rules = { story, now: seen.atMs, readBefore: this.#read, watched };
    if (!truth.mayChange) this.#wrong(`a key of another deployment was changed: ${truth.name}`);
    const taken = this.#taken(truth.name);
    if (truth.type === "zset") {
      const dead = deadSlots(truth, rules);
      for (const [id, score] of truth.members) {
        if (seen.members.get(id) === score) continue;
        if (!dead.has(id)) this.#wrong(`live slot freed: ${id} of ${truth.name}, ${seen.atMs / 1000 - score} s old`);
        taken.slots.set(id, score);
        truth.members.delete(id);
        counts.slotsFreed++;
      }
      if (truth.members.size === 0) truth.type = "none";
    } else if (truth.type === "string") {
      const [held, left] = [Number(truth.value), seen.type === "none" ? null : Number(seen.value)];
      const part = left === null && Number.isNaN(held) ? 1 : held - (left ?? 0);
      const most = deadPart(truth, rules);
      const twice = this.overtaken && truth.rise !== null && part <= truth.rise.by;
      if (twice) counts.overtaken++;
      if (!twice && !(most > 0 && (part <= most || most === Number.POSITIVE_INFINITY))) {
        const seconds = watched ? Math.round((watched.toMs - watched.fromMs) / 1000) : 0;
        const what = truth.live.length > (left ?? 0) ? "live calls freed" : "freed without evidence";
        this.#wrong(
          `${what}: ${truth.name} from ${truth.value} to ${left}, ${truth.live.length} alive, watched for ${seconds} s of ${enoughMsIn(story) / 1000} s`,
        );
      }
      const { value, endless, live, proved } = truth;
      const rest = left === null ? null : { value: seen.value, endless };
      taken.numbers.push({ value, endless, left: rest, live: [...live], proved });
      Object.assign(
        truth,
        left === null ? { type: "none", live: [], proved: 0 } : { value: seen.value, proved: proved - part },
      );
      counts.countersFreed++;
      if (watched && left === null && !story.idle) counts.locksFreed++;
    }
    const still = differs(truth, seen);
    if (still) this.#wrong(`a repair did more than free slots: ${still}`);
  }

  #restore(truth: Truth, seen: Seen): void {
    const taken = this.#taken(truth.name);
    if (!truth.mayChange) this.#wrong(`undo changed a key of another deployment: ${truth.name}`);
    if (seen.type === "zset") {
      for (const [id, score] of seen.members) {
        if (truth.members.get(id) === score && truth.type === "zset") continue;
        if (truth.type === "zset" && truth.members.has(id)) this.#wrong(`undo changed ${id} of ${truth.name}`);
        if (taken.slots.get(id) !== score) this.#wrong(`undo brought ${id} to ${truth.name}, which no repair took`);
        truth.members.set(id, score);
        truth.born.set(id, 0);
      }
      if (truth.type === "none") Object.assign(truth, { type: "zset", endless: seen.pttl === -1 });
    } else if (seen.type === "string") {
      const as = taken.numbers.find(
        ({ value, endless, left }) =>
          value === seen.value &&
          endless === (seen.pttl === -1) &&
          (left === "unknown" ||
            (left === null ? truth.type === "none" : truth.value === left.value && truth.endless === left.endless)),
      );
      if (!as) this.#wrong(`undo made ${truth.name} ${seen.value}, where ${truth.type} ${truth.value} was`);
      const { live = [], proved = 0, value = seen.value, endless = seen.pttl === -1 } = as ?? {};
      Object.assign(truth, { type: "string", value, endless, live: [...live], proved });
    }
    const still = differs(truth, seen);
    if (still) this.#wrong(`an undo did more than put back: ${still}`);
  }
}
