import type { ProxyDescription } from "../litellm/api/proxy.js";
import type { LimiterKey } from "../litellm/counters/scan.js";
import { aliasOf, type KeyDirectory, limitOf } from "../litellm/key-directory.js";
import { orphanReason } from "../litellm/namespace-rules.js";
import { shapeOf } from "../litellm/shapes/index.js";
import { slotAgeMs } from "../litellm/shapes/slots.js";
import type { DumpKey } from "../output/documents/dump.js";

/** What is known besides Redis. */
export interface Surroundings {
  readonly proxy: ProxyDescription | null;
  readonly keyDirectory: KeyDirectory;
  /** LiteLLM's namespace as the user gave it. */
  readonly namespace: string | null;
  /** Whether each slot is listed. */
  readonly slots: boolean;
}

/** Converts one key to a row of the document. */
export function toRow({ name, reading }: LimiterKey, { proxy, keyDirectory, namespace, slots }: Surroundings): DumpKey {
  const rate = name.family === "rate";
  const shape = rate ? undefined : shapeOf(name, reading);
  const limit = rate ? null : limitOf(keyDirectory, name.owner.id);
  const { state, why } = judge();
  return {
    key: name.name,
    namespace: name.namespace,
    owner: { kind: name.owner.kind, id: name.owner.id, alias: aliasOf(keyDirectory, name.owner.id) },
    shape: rate ? "rate" : (shape?.kind ?? "unknown"),
    type: reading.type,
    held: shape?.held(reading) ?? null,
    limit,
    ttlMs: reading.ttlMs,
    oldestMs: shape?.oldestMs(reading) ?? null,
    state,
    why,
    slots: slots
      ? reading.members.map(({ id, score }) => ({
          id,
          startedAt: new Date(score * 1000).toISOString(),
          ageMs: slotAgeMs(reading, score),
        }))
      : [],
  };

  function judge(): Pick<DumpKey, "state" | "why"> {
    const orphan = orphanReason(name, { version: proxy?.version ?? null, namespace });
    if (orphan) return { state: "orphan", why: orphan };
    if (rate) return { state: "ok", why: "counts a window; llmctl never touches it" };
    return (
      shape?.judge(name, reading, { limit, expected: proxy?.shape ?? null }) ?? {
        state: "wrong-type",
        why: `a ${reading.type}, which no release of LiteLLM writes here`,
      }
    );
  }
}

const URGENCY: Record<DumpKey["state"], number> = {
  stuck: 0,
  "wrong-type": 1,
  orphan: 2,
  negative: 3,
  full: 4,
  ok: 5,
};

/** Worst state first, then the fullest, then by name. */
export const byUrgency = (a: DumpKey, b: DumpKey): number =>
  URGENCY[a.state] - URGENCY[b.state] || (b.held ?? 0) - (a.held ?? 0) || (a.key < b.key ? -1 : 1);
