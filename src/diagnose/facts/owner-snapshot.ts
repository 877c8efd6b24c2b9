import { readKey } from "../../litellm/counters/read.js";
import { type LimiterKey, readLimiterKeys } from "../../litellm/counters/scan.js";
import { parallelKey, parseKeyName } from "../../litellm/key-name.js";
import type { RedisConnection } from "../../redis/connect.js";
import { explainIfRedis } from "../../redis/errors.js";
import { literal } from "../../redis/scan.js";

/** What the limiter keeps of one owner, by Redis key. */
export type OwnerSnapshot = ReadonlyMap<string, LimiterKey>;

const EVERY_SLOT = 100_000;
const FIELDS = ["max_parallel_requests", "requests", "tokens", "window"];

/** Reads what the limiter keeps of one owner. It writes nothing. */
export class OwnerSnapshotReader {
  #known: readonly string[];

  constructor(
    private readonly redis: RedisConnection,
    private readonly owner: string,
    namespaces: readonly (string | null)[],
  ) {
    const stems = namespaces.map((one) => parallelKey(owner, one).replace(/max_parallel_requests$/, ""));
    this.#known = [...new Set(stems.flatMap((stem) => FIELDS.map((field) => stem + field)))];
  }

  /** In any namespace and shape, by a pass over all keys: with a million of them it takes a while. */
  whole(): Promise<OwnerSnapshot> {
    return this.#explained(async () => {
      const owner = literal(this.owner);
      const globs = [`*{api_key:${owner}}:*`, `*${owner}::*request_count`];
      const keys = [];
      for await (const key of readLimiterKeys(this.redis, { globs, rates: true, slots: EVERY_SLOT })) keys.push(key);
      return keys;
    });
  }

  /** Under the names that are to be expected, at once. */
  known(): Promise<OwnerSnapshot> {
    return this.#explained(async () => {
      const readings = await Promise.all(this.#known.map((name) => readKey(this.redis.client, name, EVERY_SLOT)));
      return readings.flatMap((reading) => {
        const name = reading.type === "none" ? undefined : parseKeyName(reading.key);
        return name ? [{ name, reading }] : [];
      });
    });
  }

  async #explained(read: () => Promise<LimiterKey[]>): Promise<OwnerSnapshot> {
    try {
      return new Map((await read()).map((key) => [key.name.name, key]));
    } catch (error) {
      throw explainIfRedis(error, this.redis.address);
    }
  }
}

/**
 * What a call leaves when it is counted: a slot more, a number that rose, a key that was not there. Undefined when
 * nothing of the kind is to
 * be seen; what fell or went is others' calls ending, or a window.
 */
export function firstDifference(before: OwnerSnapshot, now: OwnerSnapshot): string | undefined {
  for (const [name, { reading, name: parsed }] of now) {
    const old = before.get(name)?.reading;
    const field = parsed.family === "minute" ? "its counter of this minute" : `its ${parsed.field}`;
    const members = new Set(old?.members.map(({ id }) => id));
    if (reading.members.some(({ id }) => !members.has(id))) return "a slot";
    if (old === undefined || rose(old.value, reading.value)) return field;
  }
  return undefined;
}

/** A value that is no number, such as the JSON of a minute counter, has risen when it is another one. */
function rose(before: string, now: string): boolean {
  const [from, to] = [Number(before), Number(now)];
  return Number.isNaN(from) || Number.isNaN(to) ? before !== now : to > from;
}
