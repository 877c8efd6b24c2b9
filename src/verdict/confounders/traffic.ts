import { earlyLags } from "../findings/slow-release.js";
import { wasFullBefore } from "../observations.js";
import { detectForeignTraffic } from "../readings/foreign-traffic.js";
import { type Confounder, restsOnCapacity, unattributed } from "./confounder.js";

/** The run was started with --shared. */
export const shared: Confounder = ({ shared }) =>
  shared ? { text: "others use the key (--shared), so missing room may be theirs", explains: unattributed } : undefined;

/** Another client used the key during the run. */
export const foreignTraffic: Confounder = (observations) => {
  const sign = detectForeignTraffic(observations);
  return sign ? { text: `another client uses the key: ${sign}`, explains: restsOnCapacity } : undefined;
};

/** The key held slots before our first call. */
export const heldBefore: Confounder = (observations) => {
  const [before] = observations.readings;
  const held = before?.held ?? 0;
  const ours = before !== undefined && before.atMs > (observations.calls[0]?.sentMs ?? 0);
  if (held <= 0 || ours || wasFullBefore(observations)) return undefined;
  return {
    text: `Redis held ${held} slots before our first call; llmctl doctor tells whether they are alive`,
    explains: (one) => restsOnCapacity(one) && (one.basis === "calls" || one.basis === "before"),
  };
};

/** The key was full before our first call. */
export const fullBefore: Confounder = (observations) => {
  if (!wasFullBefore(observations)) return undefined;
  if (earlyLags(observations).some(({ recovery }) => recovery.trouble.calls.some(({ n }) => n === 1))) {
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
export const perhapsForeign: Confounder = ({ exclusive }, candidates) => {
  const lone = candidates.find((one) => one.kind === "false-rejection");
  if (!lone || exclusive) return undefined;
  const refused = lone.evidence.find(({ kind }) => kind === "calls")?.calls.length ?? 0;
  if (lone.basis === "slots" && refused > 1) return undefined;
  return {
    text: "another client's call at that moment would look the same; --exclusive says that there is none",
    explains: (one) => one.kind === "false-rejection",
  };
};
