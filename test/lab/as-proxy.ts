import { type LabOptions, type RunningLab, startLab } from "../../src/lab/proxy.js";
import { type Proxy as LitellmProxy, masterKey } from "../integration/litellm/support/proxy.js";

export const VERSIONS = ["1.79.1", "1.91.5", "1.95.0", "1.109.1"] as const;
export type Version = (typeof VERSIONS)[number];

/** The lab in the place of a real release, for the questions that real releases were asked. */
export async function labAsProxy(
  version: Version,
  options: LabOptions = {},
): Promise<{ lab: RunningLab; proxy: LitellmProxy }> {
  const lab = await startLab({ version, masterKey, ...options });
  const upstream = {
    get stats() {
      return lab.stats();
    },
  };
  return { lab, proxy: { version, url: lab.baseUrl, upstream } as unknown as LitellmProxy };
}
