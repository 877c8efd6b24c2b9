import { hostReplacements, type NamedHost, redactHostsIn } from "../output/redact-hosts.js";
import type { ToldRun } from "./told.js";

/**
 * The same runs without an address. The proxy and Redis have names instead, by which a reader tells two of them apart; what else a server wrote
 * into its answers is only marked.
 */
export function redactRuns(runs: readonly ToldRun[]): ToldRun[] {
  const replacements = hostReplacements([
    ...namedHosts(
      runs.map(({ header }) => header.target.baseUrl),
      "the-proxy",
    ),
    ...namedHosts(
      runs.map(({ header }) => header.redis?.address ?? ""),
      "the-redis",
    ),
  ]);
  return runs.map((run) => ({
    ...run,
    header: redactHostsIn(run.header, replacements),
    events: redactHostsIn(run.events, replacements),
    document: redactHostsIn(run.document, replacements),
  }));
}

/** `the-proxy`, and `the-proxy-2` where there is a second one. */
function namedHosts(addresses: readonly string[], word: string): NamedHost[] {
  const urls = addresses.filter((one) => URL.canParse(one)).map((one) => new URL(one));
  const hosts = new Map(urls.filter(({ host }) => host !== "").map((url) => [url.host, url]));
  return [...hosts.values()].map(({ hostname, port }, at) => ({
    host: hostname,
    port: Number(port),
    word: at === 0 ? word : `${word}-${at + 1}`,
  }));
}
