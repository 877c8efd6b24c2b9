/** The parsed name of one Redis key of LiteLLM's limiter. */
export interface KeyName {
  /** The exact name in Redis. */
  readonly name: string;
  /**
   * `parallel`: `{api_key:HASH}:max_parallel_requests`, the counter of calls in flight;
   * `minute`: `HASH::YYYY-MM-DD-HH-MM::request_count`, the counter of releases up to 1.77.1;
   * `rate`: every other `{kind:id}:…`, requests and tokens a window, which must never be changed.
   */
  readonly family: "parallel" | "minute" | "rate";
  readonly namespace: string | null;
  readonly owner: { readonly kind: string; readonly id: string };
  /** `max_parallel_requests`, `window`, `requests`, `tokens` or `request_count`. */
  readonly field: string;
  /** For a minute key: `2026-11-23-02-28`, the proxy's local time. */
  readonly minute?: string;
}

const FIELDS = new Set(["max_parallel_requests", "window", "requests", "tokens"]);
const MINUTE_END = /::(\d{4}-\d\d-\d\d-\d\d-\d\d)::request_count$/;
const HASH_IN = /(?:^|:)([0-9a-f]{64})(?:::|$)/;

/** Parses a name; undefined for a key that is not the limiter's. */
export const parseKeyName = (name: string): KeyName | undefined => parseBraced(name) ?? parseMinute(name);

/** `[namespace:]{kind:id}:field`, parsed from its end, because a namespace may contain anything. */
function parseBraced(name: string): KeyName | undefined {
  const close = name.lastIndexOf("}:");
  const open = name.lastIndexOf("{", close);
  const field = name.slice(close + 2);
  if (close < 0 || open < 0 || !FIELDS.has(field)) return undefined;
  const [inside, namespace] = [name.slice(open + 1, close), name.slice(0, open)];
  const kind = /^([a-z_]+):/.exec(inside)?.[1];
  if (kind === undefined || inside.includes("}") || (namespace !== "" && !namespace.endsWith(":"))) return undefined;
  const family = kind === "api_key" && field === "max_parallel_requests" ? "parallel" : "rate";
  const owner = { kind, id: inside.slice(kind.length + 1) };
  return { name, family, namespace: namespace.slice(0, -1) || null, owner, field };
}

/** `[namespace:]id[::model]::minute::request_count`. An id that is no hash is assumed to contain no colon. */
function parseMinute(name: string): KeyName | undefined {
  const end = MINUTE_END.exec(name.slice(-"::0000-00-00-00-00::request_count".length));
  if (!end) return undefined;
  const head = name.slice(0, -end[0].length);
  const hash = HASH_IN.exec(head);
  const at = hash ? head.indexOf(hash[1] as string, hash.index) : afterNamespace(head);
  const id = head.slice(at);
  if (id === "" || /[{}]/.test(id)) return undefined;
  return {
    name,
    family: "minute",
    namespace: head.slice(0, Math.max(0, at - 1)) || null,
    owner: { kind: "api_key", id },
    field: "request_count",
    minute: end[1] as string,
  };
}

/** Where the id begins: after the last colon before the first double one. */
function afterNamespace(head: string): number {
  const model = head.indexOf("::");
  return head.slice(0, model < 0 ? head.length : model).lastIndexOf(":") + 1;
}

/** The name of a key's counter of calls in flight, in releases from 1.77.2 on. */
export const parallelKey = (ownerId: string, namespace?: string | null): string =>
  `${namespace ? `${namespace}:` : ""}{api_key:${ownerId}}:max_parallel_requests`;

/**
 * Finds the counters of calls in flight in any namespace in one SCAN: `max_parallel_requests` and `request_count` share
 * this word. It matches other names too; `parseKeyName` filters them.
 */
export const LIMITER_GLOB = "*:*request*";
