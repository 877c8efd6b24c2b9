import { usageError } from "../errors.js";
import type { Endpoint } from "./settings.js";

const EXAMPLES: Record<string, string> = {
  REDIS_CLUSTER_NODES: 'for example: REDIS_CLUSTER_NODES=\'[{"host":"10.0.0.1","port":6379}]\'',
  REDIS_SENTINEL_NODES: "for example: REDIS_SENTINEL_NODES='[[\"10.0.0.1\",26379]]'",
};

/**
 * Parses LiteLLM's two formats of node lists: `[["host",26379]]` for Sentinels, `[{"host":"…","port":6379}]` for a
 * Cluster. Either is accepted for both. Exit 2 for anything else.
 */
export function parseRedisNodes(text: string, variable: string): Endpoint[] {
  const wrong = (what: string, cause?: unknown) =>
    usageError({ code: "bad-redis-nodes", message: `${variable} ${what}`, hint: EXAMPLES[variable], cause });
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw wrong("is not JSON", cause);
  }
  if (!Array.isArray(list) || list.length === 0) throw wrong("is not a list of nodes");
  return list.map((item: unknown) => {
    const [host, port] = Array.isArray(item)
      ? item
      : [(item as Endpoint | null)?.host, (item as Endpoint | null)?.port];
    const number = Number(port);
    if (typeof host !== "string" || host === "") throw wrong("has a node without a host");
    if (!Number.isInteger(number) || number < 1 || number > 65_535) throw wrong("has a node without a port number");
    return { host, port: number };
  });
}
