import { detectForeignTraffic } from "../foreign-traffic.js";
import { wasFullBefore } from "../observations.js";
import { earlyLags } from "../slow-release.js";
import { type Confounder, restsOnCapacity, unattributed } from "./confounder.js";

/** The run was started with --shared. */
export const shared: Confounder = ({ shared }) =>
  shared ? { text: "others use the key (--shared), so missing room may be theirs", explains: unattributed } : undefined;

/** Another client used the key during the run. */
export const foreignTraffic: Confounder = (story) => {
  const sign = detectForeignTraffic(story);
  return sign ? { text: `somebody else uses the key: ${sign}`, explains: restsOnCapacity } : undefined;
};

/** The key held slots before our first call. */
export const heldBefore: Confounder = (story) => {
  const [before] = story.readings;
  const held = before?.held ?? 0;
  const ours = before !== undefined && before.atMs > (story.calls[0]?.sentMs ?? 0);
  if (held <= 0 || ours || wasFullBefore(story)) return undefined;
  return {
    text: `Redis held ${held} slots before our first call; llmctl doctor tells whether they are alive`,
    explains: (one) => restsOnCapacity(one) && (one.basis === "calls" || one.basis === "before"),
  };
};

/** The key was full before our first call. */
export const fullBefore: Confounder = (story) => {
  if (!wasFullBefore(story)) return undefined;
  if (earlyLags(story).some(({ recovery }) => recovery.trouble.calls.some(({ n }) => n === 1))) {
    return { text: "the key was full for a moment before our first call" };
  }
  const text =
    "the key was full before our first call, which tells nothing of this endpoint: if calls of others may have filled it say --shared, else see llmctl doctor";
  return {
    text,
    blocks: true,
    explains: (one) => restsOnCapacity(one) && one.basis !== "before" && one.basis !== "slots",
  };
};

/** A single rejection that is not repeated may come from one call of another client. */
export const perhapsForeign: Confounder = ({ exclusive }, suspicions) => {
  const lone = suspicions.find((one) => one.kind === "false-rejection");
  if (!lone || exclusive) return undefined;
  const refused = lone.evidence.find(({ kind }) => kind === "calls")?.calls.length ?? 0;
  if (lone.basis === "slots" && refused > 1) return undefined;
  return {
    text: "a call of somebody else at that moment would look the same; --exclusive says that there is none",
    explains: (one) => one.kind === "false-rejection",
  };
};
