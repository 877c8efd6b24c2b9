import type { Clock } from "../config/clock.js";
import type { SampleTarget } from "../diagnose/sampling/sample-counters.js";
import { extendSummary, MAX_GAP_MS, type SampleSummary } from "../diagnose/sampling/summary.js";
import { LlmctlError } from "../errors.js";
import { readSample } from "../litellm/counters/sample.js";
import type { RedisConnection } from "../redis/connect.js";
import { explainIfRedis } from "../redis/errors.js";

export interface ObserverSources {
  /** The connection of the moment; undefined while there is none. */
  readonly redis: () => RedisConnection | undefined;
  readonly clock: Clock;
}

interface Followed {
  target: SampleTarget;
  watched: SampleSummary | undefined;
  /** When it was last looked at, monotonic ms. */
  atMs: number;
}

/** More are not followed at a time: each costs reads, and who is settled or freed makes room. */
const MOST_FOLLOWED = 1000;
/** As often as one doctor looks, but no more than 2,000 looks a second for all together. */
const intervalFor = (followed: number): number => Math.max(250, followed / 2);
const BATCH = 200;

/**
 * Watches counters that look locked, through all ticks and between them: one observation of each, that grows until it
 * is as long as the
 * longest call, without any tick waiting for it. Reads only.
 */
export class Observer {
  #followed = new Map<string, Followed>();

  constructor(private readonly sources: ObserverSources) {}

  get following(): number {
    return this.#followed.size;
  }

  /** From now on these, and no others; one that is followed already goes on. */
  follow(targets: readonly SampleTarget[]): void {
    const before = this.#followed;
    this.#followed = new Map();
    for (const target of targets.slice(0, MOST_FOLLOWED)) {
      const { name } = target.name;
      const known = before.get(name);
      if (known) known.target = target;
      this.#followed.set(name, known ?? { target, watched: undefined, atMs: 0 });
    }
  }

  /** A key that we have acted on is another from then on, though it may look the same. */
  forget(name: string): void {
    this.#followed.delete(name);
  }

  /** What was seen of a key up to now; whether it was long enough is the rule's to say. */
  get(name: string): SampleSummary | undefined {
    const one = this.#followed.get(name);
    if (!one?.watched || this.sources.clock.monotonic() - one.atMs > MAX_GAP_MS) return undefined;
    return one.watched;
  }

  /** Looks again and again until the signal comes. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sources.clock.sleep(intervalFor(this.#followed.size), signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (!signal.aborted) await this.look();
    }
  }

  /** Looks once at each. While Redis is away nothing is seen, and that is a gap. */
  async look(): Promise<void> {
    const redis = this.sources.redis();
    if (!redis) return;
    const all = [...this.#followed.values()];
    try {
      for (let at = 0; at < all.length; at += BATCH) {
        await Promise.all(all.slice(at, at + BATCH).map((one) => this.#lookAt(redis, one)));
      }
    } catch (error) {
      // The tick says that Redis is away.
      if (!(explainIfRedis(error, redis.address) instanceof LlmctlError)) throw error;
    }
  }

  async #lookAt({ client }: RedisConnection, one: Followed): Promise<void> {
    const { name } = one.target.name;
    const sample = await readSample(client, name);
    const { target, watched } = one;
    one.watched = extendSummary(watched, sample, target.tokenLimited);
    one.atMs = this.sources.clock.monotonic();
    // One that was forgotten meanwhile is no longer in the map, and its name may stand for a new one.
    if (target.conclusive(one.watched) && this.#followed.get(name) === one) this.#followed.delete(name);
  }
}
