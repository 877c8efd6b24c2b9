import { randomUUID } from "node:crypto";
import type { KeyRow } from "../admin/row.js";
import type { LimitStatus } from "../admission/index.js";
import type { Release, Route } from "../release.js";
import { modelId } from "./errors.js";

/** What the headers of an answer depend on. */
export interface HeaderFacts {
  readonly route: Route;
  readonly stream: boolean;
  readonly model: string;
  readonly key: KeyRow;
  readonly statuses: readonly LimitStatus[];
}

type Headers = Record<string, string>;

/** Headers of every answer of the release. */
export const serverHeaders = (release: Release): Headers => ({
  ...(release.since(103) ? {} : { server: "uvicorn" }),
  ...(release.since(91)
    ? {
        "content-security-policy": "frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      }
    : {}),
  vary: "Origin",
});

const keyHeaders = (key: KeyRow): Headers => ({
  ...(key.rpm_limit === null ? {} : { "x-litellm-key-rpm-limit": `${key.rpm_limit}` }),
  ...(key.tpm_limit === null ? {} : { "x-litellm-key-tpm-limit": `${key.tpm_limit}` }),
  "x-litellm-key-spend": "0.0",
});

/** Headers of an answered call. */
export function successHeaders(release: Release, { route, stream, model, key, statuses }: HeaderFacts): Headers {
  const version = { ...keyHeaders(key), "x-litellm-version": release.version };
  if (route === "messages" && !release.since(80, 8)) return version;
  const named = {
    ...version,
    "x-litellm-call-id": randomUUID(),
    "x-litellm-model-id": modelId(model),
    ...(release.since(95) || route !== "messages" ? { "x-litellm-model-group": model } : {}),
    ...(release.since(95) ? { "x-litellm-attempted-retries": "0", "x-litellm-attempted-fallbacks": "0" } : {}),
  };
  if (stream || (route === "messages" && !release.since(103))) return named;
  const limits = statuses.flatMap(({ type, limit, remaining }) => [
    [`x-ratelimit-api_key-remaining-${type}`, `${remaining}`],
    [`x-ratelimit-api_key-limit-${type}`, `${limit}`],
  ]);
  return { ...named, ...Object.fromEntries(limits) };
}

/**
 * Headers of a refused or failed call. Chat has no version header; messages up to 1.80.7 and plain completions have
 * almost none.
 */
export function failureHeaders(release: Release, route: Route, stream: boolean, key: KeyRow): Headers {
  if (route === "completions" && !stream) return release.since(103) ? { "x-litellm-call-id": randomUUID() } : {};
  if (route === "messages" && !release.since(80, 8)) return {};
  return {
    ...keyHeaders(key),
    "x-litellm-call-id": randomUUID(),
    "x-litellm-response-cost": "0",
    ...(route === "chat" ? {} : { "x-litellm-version": release.version }),
  };
}
