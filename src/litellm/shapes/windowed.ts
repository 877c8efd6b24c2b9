import type { Reading } from "../counters/read.js";
import { evidenceOf, type Shape } from "./shape.js";

/** Parses a Redis number, also as INCRBYFLOAT writes it; null for anything else. */
export function numberIn(reading: Pick<Reading, "value">): number | null {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(reading.value) ? Number(reading.value) : null;
}

/**
 * LiteLLM 1.77.2–1.93: a number, incremented and decremented, that expires with its 60 s window, or (<= 1.80.7) never.
 */
export const windowed: Shape = {
  kind: "windowed",
  recognise: (name, reading) => name.family === "parallel" && reading.type === "string",
  held: numberIn,
  oldestMs: () => null,
  judge(_name, reading, { limit, expected }) {
    const held = numberIn(reading);
    if (held === null) return { state: "wrong-type", why: "the value is not a number" };
    if (expected === "slots") {
      return {
        state: "wrong-type",
        why: "a number of LiteLLM ≤ 1.93, but this proxy's release keeps a sorted set: each worker counts alone",
      };
    }
    if (held < 0) return { state: "negative", why: "lowered more often than raised; it expires by itself" };
    const endless = reading.ttlMs === -1;
    if (limit === null) return { state: "ok", why: endless ? "no expiry; limit not known" : "limit not known" };
    if (held > limit && endless)
      return { state: "stuck", why: "above the limit and no expiry: calls were counted that never gave back" };
    if (held >= limit) {
      const why = endless
        ? "at the limit and no expiry: calls in flight, or never given back; doctor tells"
        : "at the limit until the window ends, or as long as a client retries";
      return { state: "full", why };
    }
    return {
      state: "ok",
      why: endless && held > 0 ? `${held} in flight or left behind; no expiry` : `${held} in flight`,
    };
  },
  release(name, reading, evidence) {
    const held = numberIn(reading);
    if (reading.type !== "string" || held === null) return undefined;
    const act = {
      kind: "release-counter",
      key: name.name,
      value: reading.value,
      endless: reading.ttlMs === -1,
    } as const;
    if (evidenceOf(evidence, "impossible")) return { ...act, lowerBy: null };
    const locked = evidenceOf(evidence, "locked");
    if (locked) return { ...act, lowerBy: null, since: locked.since };
    if (held <= 0) return undefined;
    if (evidenceOf(evidence, "idle")) return { ...act, lowerBy: null };
    // Other calls may be in flight beside the leak: only the observed rise is removed.
    const rise = Math.max(0, ...evidence.map((one) => (one.kind === "proven" ? one.rise : 0)));
    if (rise === 0) return undefined;
    return { ...act, lowerBy: rise < held ? rise : null };
  },
};
