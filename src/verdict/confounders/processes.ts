import { compareVersions } from "../../litellm/releases.js";
import { isAdmitted, isRefused } from "../calls.js";
import { peak, unprovenExcess } from "../findings/over-admission.js";
import type { Observations } from "../observations.js";
import type { Confounder } from "./confounder.js";

const FIRST_WITH_SLOTS = "1.94.0";

/** The type of the key in Redis and the release that cannot use it; undefined when it can. */
function unusable({ readings, calls }: Observations): { type: string; version: string } | undefined {
  const version = calls.find((call) => call.version !== null)?.version;
  if (!version) return undefined;
  const type = compareVersions(version, FIRST_WITH_SLOTS) >= 0 ? "string" : "zset";
  return readings.some((one) => one.type === type) ? { type, version } : undefined;
}

/** An upgrade left a key that the new release cannot use, so each worker counts alone. */
export const wrongType: Confounder = (observations) => {
  const wrong = unusable(observations);
  return wrong
    ? {
        text: `the key in Redis is a ${wrong.type}, which LiteLLM ${wrong.version} cannot use: each worker counts alone; see llmctl doctor`,
      }
    : undefined;
};

/** Workers without their Redis enforce the limit each for itself: together they admit a multiple of it. */
export const perProcess: Confounder = (observations) => {
  const { limit, calls, otherRedis } = observations;
  const most = limit.value;
  if (most === null || most < 1) return undefined;
  const admitted = Math.max(peak(calls).length, unprovenExcess(observations).filter(isAdmitted).length);
  if (admitted <= most) return undefined;
  const atOnce = `${admitted} calls at once on a limit of ${most}`;
  if (otherRedis || unusable(observations)) {
    return {
      text: `${atOnce}, and Redis counted none of them: so it is when each process of the proxy counts alone; see whether they reach their Redis`,
    };
  }
  return admitted % most === 0 && calls.some(isRefused)
    ? {
        text: `${atOnce} and no more: so it is when ${admitted / most} processes of the proxy count alone; see whether they reach their Redis`,
      }
    : undefined;
};
