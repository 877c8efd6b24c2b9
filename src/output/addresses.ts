import { isIPv6 } from "node:net";
import { mapStrings } from "./map-strings.js";

/** What stands for an address that has no scheme. */
export const AN_ADDRESS = "an-address";

/** The host of a URL of any scheme comes first, then whatever else is in it; a sentence's own signs behind it are not. */
const URL_IN_TEXT =
  /\b([a-z][a-z0-9+.-]*):\/\/([^\s/?#:'"`<>()[\]{}|\\,]*)(?:[^\s'"`<>()|\\]*[^\s'"`<>()|\\,.:;\]}])?/gi;
const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g;
/** Whatever may be one: `[::1]:4000`, and `::1:4000` as Node writes it. */
const PERHAPS_IPV6 = /(?<![\w:])\[?([0-9a-f]*(?::[0-9a-f]*){2,8})\]?(?::\d+)?(?![\w:])/gi;

/** The text without URLs and IP addresses, with their ports. `keeps` tells of a URL's host whether the URL may stay. */
export const hideAddresses = (text: string, keeps: (host: string) => boolean): string =>
  text
    .replace(URL_IN_TEXT, (url, scheme, host) => (keeps(host) ? url : `${scheme}://…`))
    .replace(IPV4, AN_ADDRESS)
    .replace(PERHAPS_IPV6, (whole, bare) => (/\d/.test(bare) && isIPv6(bare) ? AN_ADDRESS : whole));

/** The same value with no address in any of its texts. */
export const withoutAddresses = <T>(value: T): T => mapStrings(value, (text) => hideAddresses(text, () => false));
