import { hostReplacements, redactHostsIn } from "../output/redact-hosts.js";
import type { ReportedRun } from "./reported-run.js";

/**
 * The same runs without an address. The proxy and Redis have names instead, by which a reader tells two of them apart;
 * other hosts, which a server named in its answers, are only marked.
 */
export function redactRuns(runs: readonly ReportedRun[]): ReportedRun[] {
  const hosts = hostReplacements({
    "the-proxy": runs.map(({ header }) => header.target.baseUrl),
    "the-redis": runs.map(({ header }) => header.redis?.address),
  });
  return runs.map(({ header, events, document, ...rest }) => ({
    ...rest,
    ...redactHostsIn({ header, events, document }, hosts),
  }));
}
