import { hostReplacements, redactHostsIn } from "../output/redact-hosts.js";
import type { ReportedRun } from "./reported-run.js";

/**
 * Returns the same runs without addresses. The proxy and Redis get names that tell them apart; other hosts, which a
 * server named in its answers, are only marked.
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
