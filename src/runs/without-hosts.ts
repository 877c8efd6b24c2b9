import { AN_ADDRESS, hideAddresses } from "../output/addresses.js";
import { mapStrings } from "../output/map-strings.js";
import type { ToldRun } from "./article.js";

/** `internal.host.corp:8080`, as clients of HTTP name whom they did not reach; and not `router.py:120`, as a traceback does. */
const NAME_AND_PORT = /(?<![\w.-])(?:[\w-]+\.)+(?!(?:py|js|ts|go|rs|java|lua):)[a-z][\w-]*:\d{2,5}\b/gi;

/** How a host that the runs were told of is found in a text, and what stands for it. */
type Known = readonly [host: RegExp, name: string];

/**
 * The same runs with no address in whatever text holds one. The proxy and Redis have names instead, by which a reader tells two of them apart;
 * whatever else a server wrote into its answers is only marked. What llmctl links to is not in a run, so it stays.
 */
export function withoutHosts(runs: readonly ToldRun[]): ToldRun[] {
  const proxies = runs.map(({ header }) => header.target.baseUrl);
  const servers = runs.map(({ header }) => header.redis?.address ?? "");
  const known = [...named(proxies, "the-proxy"), ...named(servers, "the-redis")];
  const clean = <T>(value: T): T => mapStrings(value, (text) => hide(text, known));
  return runs.map((run) => ({
    ...run,
    header: clean(run.header),
    events: clean(run.events),
    document: clean(run.document),
  }));
}

/** `the-proxy`, and `the-proxy-2` where there is a second one. First those with their ports, for a text may hold either. */
function named(addresses: readonly string[], name: string): Known[] {
  const urls = addresses.filter((one) => URL.canParse(one)).map((one) => new URL(one));
  const hosts = new Map(urls.filter(({ host }) => host !== "").map(({ host, hostname }) => [host, hostname]));
  const words = [...hosts].map(([host, hostname], at) => ({
    host,
    hostname,
    word: at === 0 ? name : `${name}-${at + 1}`,
  }));
  return [
    ...words.map(({ host, word }): Known => [whole(host), word]),
    // A bare word such as `litellm` stands for other things too.
    ...words
      .filter(({ hostname }) => /[.:\d]/.test(hostname))
      .map(({ hostname, word }): Known => [whole(hostname), word]),
  ];
}

/** The host and no part of a longer one. */
const whole = (host: string): RegExp =>
  new RegExp(`(?<![\\w.-])${host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-]|\\.\\w)`, "gi");

function hide(text: string, known: readonly Known[]): string {
  const told = known.reduce((rest, [host, name]) => rest.replace(host, name), text);
  const isNamed = (host: string) => known.some(([, name]) => name === host);
  return hideAddresses(told, isNamed).replace(NAME_AND_PORT, AN_ADDRESS);
}
