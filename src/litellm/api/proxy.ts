import { z } from "zod";
import { shapeOfRelease } from "../releases.js";
import type { ShapeKind } from "../shapes/shape.js";
import { explainReply } from "./explain.js";
import type { LitellmApi } from "./http.js";

/** What a proxy reports of itself; null for what it did not report. */
export interface ProxyDescription {
  readonly baseUrl: string;
  readonly version: string | null;
  /** `v3` writes *windowed* or *slots*, depending on the release; `minute` is the old limiter. */
  readonly limiter: "v3" | "minute" | null;
  readonly shape: ShapeKind | null;
  /** `redis`, … or null. */
  readonly cache: string | null;
  readonly database: string | null;
}

const readiness = z.looseObject({
  status: z.string().optional(),
  db: z.string().optional(),
  cache: z.unknown().optional(),
  litellm_version: z.string().optional(),
  success_callbacks: z.array(z.unknown()).optional(),
});

/**
 * Asks `/health/readiness/details` (>= 1.91, needs a key there), else `/health/readiness` (<= 1.80 reports everything,
 * later ones little). Exit 5 without an answer, or when the server is not LiteLLM.
 */
export async function describeProxy(api: LitellmApi): Promise<ProxyDescription> {
  const details = await api.send("GET", "/health/readiness/details");
  const detailed = details.status === 200 ? readiness.safeParse(details.json) : undefined;
  const parsed = detailed?.success && detailed.data.litellm_version ? detailed.data : await plainReadiness(api);
  const callbacks = (parsed.success_callbacks ?? []).map(String).join(" ");
  const version = parsed.litellm_version ?? details.headers.get("x-litellm-version");
  const limiter = /MaxParallelRequestsHandler_v3/.test(callbacks)
    ? "v3"
    : /_PROXY_MaxParallelRequestsHandler\b/.test(callbacks)
      ? "minute"
      : null;
  const shape = limiter === "minute" ? "minute" : version ? shapeOfRelease(version) : null;
  return {
    baseUrl: api.baseUrl,
    version,
    limiter,
    shape,
    cache: typeof parsed.cache === "string" ? parsed.cache : null,
    database: parsed.db ?? null,
  };
}

async function plainReadiness(api: LitellmApi): Promise<z.infer<typeof readiness>> {
  // 503 is an answer too: LiteLLM sends it when its database is unavailable.
  const reply = await api.send("GET", "/health/readiness");
  const parsed = readiness.safeParse(reply.json);
  if (parsed.success && parsed.data.status !== undefined) return parsed.data;
  throw explainReply(api.baseUrl, "GET /health/readiness", reply);
}
