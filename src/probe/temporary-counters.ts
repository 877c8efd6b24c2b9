import { type Reading, readKey } from "../litellm/counters/read.js";
import { parallelKey } from "../litellm/key-name.js";
import { toActResult, toArguments } from "../litellm/release-action.js";
import type { RedisConnection } from "../redis/connect.js";
import { loadScript, runScript } from "../redis/scripts.js";
import type { SlotReader } from "../runs/slot-reader.js";

const removeUnchanged = loadScript(new URL("../litellm/", import.meta.url).href, "remove-unchanged");

/** What the limiter stores for one key, in one hash slot. */
const FIELDS = ["max_parallel_requests", "window", "requests", "tokens"];

const namesOf = (owner: string, namespace: string | null): string[] => {
  const stem = parallelKey(owner, namespace).replace(/max_parallel_requests$/, "");
  return FIELDS.map((field) => `${stem}${field}`);
};

/** Proxies write once more after a call has ended; then the keys are read again. */
const TRIES = 3;

/** Whether the reader of a run saw calls of that run, and in which namespace. */
export type SeenCalls = Pick<SlotReader, "sawOurCalls" | "namespace">;

/**
 * The counters of a key that was created for one run. Only what came with the calls of this run is deleted with it. If
 * a counter of that name existed before the first call, or no call was seen, this is another Redis or another key, and
 * nothing is deleted.
 */
export class TemporaryCounters {
  readonly #owner: string;
  readonly #absentBefore = new Set<string | null>();

  /** `owner`: hash of the created secret. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Records, before the first call, under which namespaces no such counter exists. */
  async look(redis: RedisConnection, namespaces: readonly (string | null)[]): Promise<void> {
    for (const namespace of new Set([null, ...namespaces])) {
      const types = await Promise.all(namesOf(this.#owner, namespace).map((name) => redis.client.type(name)));
      if (types.every((type) => type === "none")) this.#absentBefore.add(namespace);
    }
  }

  /**
   * Removes what this run's calls left, if it is still as it was read. `seen`: the reader that observed the run.
   * Returns the number of keys removed; undefined when the run saw none of its calls, so that nothing was touched.
   */
  async remove(redis: RedisConnection, seen: SeenCalls | null): Promise<number | undefined> {
    if (!seen?.sawOurCalls) return undefined;
    let removed = 0;
    for (const namespace of new Set([...this.#absentBefore, seen.namespace])) {
      removed += await removeAsRead(redis, namesOf(this.#owner, namespace));
    }
    return removed;
  }
}

async function removeAsRead({ client }: RedisConnection, names: readonly string[]): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const all = await Promise.all(names.map((name) => readKey(client, name)));
    const readings = all.filter(({ type }) => type === "string" || type === "zset");
    if (readings.length === 0) return 0;
    const keys = readings.map(({ key }) => key);
    const reply = await runScript(client, removeUnchanged, keys, readings.flatMap(asWords));
    if (toActResult(removeUnchanged, reply).done) return keys.length;
  }
  return 0;
}

function asWords({ type, value, members }: Reading): (string | number)[] {
  const words = type === "string" ? [value] : toArguments(members);
  return [type, words.length, ...words];
}
