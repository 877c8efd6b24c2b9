import type { Reading } from "../reading.js";
import type { Shape } from "./shape.js";

/** A Redis number, also as INCRBYFLOAT writes it; null for anything else. */
export function numberIn(reading: Reading): number | null {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(reading.value) ? Number(reading.value) : null;
}

/** LiteLLM 1.77.2–1.93: a number, raised and lowered, that dies with its 60 s window, or (≤ 1.80.7) never. */
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
        : "at the limit until the window ends, or as long as somebody retries";
      return { state: "full", why };
    }
    return {
      state: "ok",
      why: endless && held > 0 ? `${held} in flight or left behind; no expiry` : `${held} in flight`,
    };
  },
};
