import type { Redis } from "ioredis";
import { unreachableError } from "../errors.js";
import type { ClusterTopology, RedisConnection } from "./client.js";
import { nodesToScanAgain } from "./cluster-map.js";
import { merge } from "./merge-streams.js";
import { NameSet } from "./seen-names.js";

/**
 * Each pass after the first reads only nodes that received slots meanwhile. More passes than this mean that slots keep
 * moving.
 */
const MOST_PASSES = 10;

/** Names from one node. */
export interface ScanBatch {
  readonly node: Redis;
  readonly names: string[];
}

/**
 * Yields keys whose names match a glob, in batches, from every node. Uses SCAN only; a name that SCAN returns twice is
 * yielded once.
 */
export async function* scanKeys(redis: RedisConnection, match: string, count = 1000): AsyncGenerator<string[]> {
  for await (const { names } of scanBatches(redis, match, count)) yield names;
}

/**
 * The same, with the node of each batch. A Cluster's primaries are read in parallel, and no key is lost while slots
 * move between them.
 */
export async function* scanBatches(redis: RedisConnection, match: string, count = 1000): AsyncGenerator<ScanBatch> {
  const seen = new NameSet();
  const batches = redis.cluster
    ? scanCluster(redis.cluster, match, count)
    : merge(redis.nodes().map((node) => scanNode(node, match, count)));
  for await (const { node, names } of batches) {
    const fresh = names.filter((name) => seen.add(name));
    if (fresh.length > 0) yield { node, names: fresh };
  }
}

/** Requests the next page before the last one is processed, so that the server is not idle meanwhile. */
async function* scanNode(node: Redis, match: string, count: number): AsyncGenerator<ScanBatch> {
  const ask = (cursor: string) => {
    const page = node.scan(cursor, "MATCH", match, "COUNT", count);
    // It may fail while the consumer is busy; the error is thrown when the consumer comes back.
    page.catch(() => undefined);
    return page;
  };
  let page: ReturnType<typeof ask> | undefined = ask("0");
  while (page) {
    const [next, names]: [string, string[]] = await page;
    page = next === "0" ? undefined : ask(next);
    if (names.length > 0) yield { node, names };
  }
}

/**
 * SCAN guarantees keys that stay at their node from start to end. A key that moved is at its new node before the pass
 * ends, so that node's next full scan finds it.
 */
async function* scanCluster(cluster: ClusterTopology, match: string, count: number): AsyncGenerator<ScanBatch> {
  let before = await cluster.map();
  let pending = new Set(before.keys());
  for (let pass = 1; pending.size > 0; pass++) {
    if (pass > MOST_PASSES) throw restless();
    yield* merge([...pending].map((id) => scanNode(cluster.connection(id), match, count)));
    const after = await cluster.map();
    const again = nodesToScanAgain(before, after, pending);
    pending = new Set([...again].filter((id) => after.has(id)));
    before = after;
  }
}

const restless = () =>
  unreachableError({
    code: "redis-cluster-moving",
    message: `the Cluster's slots kept moving over ${MOST_PASSES} passes, so keys may have been missed`,
    hint: "try again when resharding has ended",
  });

/** Escapes a name as a glob that matches only itself. */
export const literal = (name: string): string => name.replace(/[\\*?[\]]/g, "\\$&");

/**
 * Whether a text matches a glob by Redis' rules: `*`, `?`, `[abc]`, `[^a-c]`, and a backslash before a literal
 * character.
 */
export function matchesGlob(text: string, glob: string): boolean {
  const pattern = glob.replace(
    /\\(.)|\*|\?|\[(\^?)((?:\\.|[^\]\\])*)\]|[$()+./{|}^[\]\\]/gs,
    (part, escaped, not, inside) => {
      if (escaped !== undefined) return literalPattern(escaped);
      if (part === "*") return "[^]*";
      if (part === "?") return "[^]";
      return inside ? `[${not}${inside.replace(/[\][^]/g, "\\$&")}]` : literalPattern(part);
    },
  );
  return new RegExp(`^(?:${pattern})$`, "u").test(text);
}

const literalPattern = (text: string): string => text.replace(/[$()*+./?{|}^[\]\\-]/g, "\\$&");
