import type { RedisConnection } from "./connect.js";

/** Keys whose names match a glob, in batches, from every node. SCAN only; a name that SCAN gives twice comes once. */
export async function* scanKeys(redis: RedisConnection, match: string, count = 1000): AsyncGenerator<string[]> {
  const seen = new Set<string>();
  for (const node of redis.nodes()) {
    let cursor = "0";
    do {
      const [next, names] = await node.scan(cursor, "MATCH", match, "COUNT", count);
      const fresh = [...new Set(names)].filter((name) => !seen.has(name));
      for (const name of fresh) seen.add(name);
      if (fresh.length > 0) yield fresh;
      cursor = next;
    } while (cursor !== "0");
  }
}

/** A name as a glob that matches only itself. */
export const literal = (name: string): string => name.replace(/[\\*?[\]]/g, "\\$&");
