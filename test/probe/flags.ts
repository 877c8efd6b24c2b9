import type { ProbeFlags } from "../../src/probe/options.js";

/** What commander gives for a probe without any flag. */
export const FLAGS: ProbeFlags = {
  rounds: "1",
  maxTokens: "16",
  maxLag: "2s",
  settle: "24s",
  maxTime: "5m",
  connectTimeout: "10s",
  firstByteTimeout: "60s",
  callTimeout: "2m",
};
