import type { ShapeKind } from "../../litellm/shapes/shape.js";
import { type Check, passed, skipped, warned } from "./check.js";

const KEEPS: Record<ShapeKind, string> = {
  slots: "a sorted set for each key, one member a call (slots)",
  windowed: "a number for each key, forgotten after its window (windowed)",
  minute: "a number for each key and minute (minute)",
};

export const limiter: Check = {
  title: "limiter generation",
  group: "litellm",
  needs: ["proxy"],
  run({ proxy }) {
    if (!proxy.known) return skipped(proxy);
    const { version, shape, limiter } = proxy.value;
    if (shape === null) {
      return warned("the proxy tells neither its release nor its limiter", "give its admin key, so that it tells more");
    }
    const told = limiter === null ? "by its release" : `limiter ${limiter === "v3" ? "v3" : "of one minute"}`;
    return passed(`LiteLLM ${version ?? "?"} keeps ${KEEPS[shape]}, ${told}`);
  },
};
