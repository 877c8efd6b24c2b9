import { isIPv6 } from "node:net";

/** Texts to find and their replacements; the first match wins. */
export type HostReplacements = readonly (readonly [text: string | RegExp, instead: string])[];

type Addresses = readonly (string | null | undefined)[];

/**
 * Creates replacements for hosts: `the-proxy`, and `the-proxy-2` for a second one. An address is a URL, which may have
 * several hosts, or `host:port`. Hosts with ports come first, because a text may contain either.
 */
export function hostReplacements(addresses: Readonly<Record<string, Addresses>>): HostReplacements {
  const named = Object.entries(addresses).flatMap(([word, all]) =>
    [...new Set(all.flatMap(hostsOf))].map((host, at) => ({ host, word: at === 0 ? word : `${word}-${at + 1}` })),
  );
  return [
    ...named.filter(({ host }) => PORT.test(host)).map(({ host, word }) => [whole(host), word] as const),
    ...named.map(({ host, word }) => {
      const bare = host.replace(PORT, "");
      // A bare word such as `redis` has other meanings too, except in a URL.
      return [/[.:\d]/.test(bare) ? whole(bare) : whole(bare, "(?<=://)"), word] as const;
    }),
  ];
}

const PORT = /:\d+$/;

/** The hosts of an address: `a:1` and `b:2` of `redis+cluster://a:1,b:2/0`. */
const hostsOf = (address: string | null | undefined): string[] =>
  (address ?? "")
    .toLowerCase()
    .replace(/^[a-z0-9+.-]+:\/\//, "")
    .replace(/[/?#].*$/s, "")
    .split(",")
    .filter(Boolean);

/** Matches the host but no part of a longer one. */
const whole = (host: string, before = "(?<![\\w.-])"): RegExp =>
  new RegExp(`${before}${host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-]|\\.\\w)`, "gi");

/** `internal.host.corp:8080`, as HTTP clients name a server; but not `router.py:120` or `config.yaml:12`. */
const NAME_AND_PORT = /(?<![\w.-])(?:[\w-]+\.)+(?!(?:py|js|ts|go|rs|java|lua|ya?ml|json):)[a-z][\w-]*:\d{2,5}\b/gi;
/** Hash of a key. */
const HASH = /\b[0-9a-f]{64}\b/g;
/** The host of llmctl's own links. */
const OUR_LINKS = "github.com";

/** Returns the text with replaced hosts, without any other address, and with shortened hashes. */
export function redactHosts(text: string, replacements: HostReplacements): string {
  const named = replacements.reduce((rest, [host, instead]) => rest.replaceAll(host, instead), text);
  const words = new Set(replacements.map(([, instead]) => instead.replace(/^[a-z+]+:\/\//, "")).filter(Boolean));
  return hideAddresses(named, (host) => host === OUR_LINKS || words.has(host))
    .replace(NAME_AND_PORT, AN_ADDRESS)
    .replace(HASH, (hash) => `${hash.slice(0, 12)}…`);
}

/** Redacts hosts in all texts of a JSON value, however deep; field names stay. */
export const redactHostsIn = <T>(value: T, replacements: HostReplacements = []): T =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === "string" ? redactHosts(one, replacements) : one));

/** Replaces an address without a scheme. */
const AN_ADDRESS = "an-address";

/** A URL of any scheme: its host, then the rest without the punctuation of the surrounding sentence. */
const URL_IN_TEXT =
  /\b([a-z][a-z0-9+.-]*):\/\/([^\s/?#:'"`<>()[\]{}|\\,]*)(?:[^\s'"`<>()|\\]*[^\s'"`<>()|\\,.:;\]}])?/gi;
const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g;
/** A possible IPv6 address: `[::1]:4000`, and `::1:4000` as Node writes it. */
const PERHAPS_IPV6 = /(?<![\w:])\[?([0-9a-f]*(?::[0-9a-f]*){2,8})\]?(?::\d+)?(?![\w:])/gi;

/** Removes URLs and IP addresses from a text. `keeps` decides by a URL's host whether the URL stays. */
export const hideAddresses = (text: string, keeps: (host: string) => boolean): string =>
  text
    .replace(URL_IN_TEXT, (url, scheme, host) => (keeps(host) ? url : `${scheme}://…`))
    .replace(IPV4, AN_ADDRESS)
    .replace(PERHAPS_IPV6, (whole, bare) => (/\d/.test(bare) && isIPv6(bare) ? AN_ADDRESS : whole));
