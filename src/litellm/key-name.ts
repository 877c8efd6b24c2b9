/** The name of one Redis key of LiteLLM's limiter, taken apart. */
export interface KeyName {
  /** As it stands in Redis. */
  readonly name: string;
  /**
   * `parallel`: `{api_key:HASH}:max_parallel_requests`, the counter of calls in flight;
   * `minute`: `HASH::YYYY-MM-DD-HH-MM::request_count`, the counter of releases up to 1.77.1;
   * `rate`: every other `{kind:id}:…`, requests and tokens a window, never to be touched.
   */
  readonly family: "parallel" | "minute" | "rate";
  readonly namespace: string | null;
  readonly owner: { readonly kind: string; readonly id: string };
  /** `max_parallel_requests`, `window`, `requests`, `tokens` or `request_count`. */
  readonly field: string;
  /** Of a minute key: `2026-11-23-02-28`, the proxy's local time. */
  readonly minute?: string;
}

const BRACED = /^(?:(.*?):)?\{([a-z_]+):([^{}]*)\}:(max_parallel_requests|window|requests|tokens)$/s;
const MINUTE = /^(?:(.*?):(?!:))?([^:{}]+(?:::[^{}]+?)?)::(\d{4}-\d\d-\d\d-\d\d-\d\d)::request_count$/s;

/** Undefined for a key that is none of the limiter's. */
export function parseKeyName(name: string): KeyName | undefined {
  const braced = BRACED.exec(name);
  if (braced) {
    const [, namespace, kind = "", id = "", field = ""] = braced;
    const family = kind === "api_key" && field === "max_parallel_requests" ? "parallel" : "rate";
    return { name, family, namespace: namespace || null, owner: { kind, id }, field };
  }
  const minute = MINUTE.exec(name);
  if (minute) {
    const [, namespace, id = "", stamp = ""] = minute;
    return {
      name,
      family: "minute",
      namespace: namespace || null,
      owner: { kind: "api_key", id },
      field: "request_count",
      minute: stamp,
    };
  }
  return undefined;
}

/** The name of a key's counter of calls in flight, in releases from 1.77.2 on. */
export const parallelKey = (ownerId: string, namespace?: string | null): string =>
  `${namespace ? `${namespace}:` : ""}{api_key:${ownerId}}:max_parallel_requests`;

/**
 * Finds the counters of calls in flight, whatever namespace they are in, in one pass of SCAN: `max_parallel_requests` and `request_count` share
 * this word. It finds other names as well; `parseKeyName` sorts them out.
 */
export const LIMITER_GLOB = "*:*request*";
