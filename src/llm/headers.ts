/** Headers with lower-case names, one text each. */
export type Headers = Readonly<Record<string, string>>;

/**
 * Reads headers from names and values in turn, as they came; of several with one name the values are joined by commas. `only` names those that
 * are wanted, in lower case: the others are not even decoded. What is returned holds nothing of the bytes, which are part of a larger buffer.
 */
export function readHeaders(raw: readonly Buffer[], only: readonly string[] | null): Headers {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const bytes = raw[at] as Buffer;
    const name = only ? only.find((one) => isName(bytes, one)) : bytes.toString("latin1").toLowerCase();
    if (name === undefined) continue;
    const value = (raw[at + 1] as Buffer).toString("latin1");
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

const CASE = 0x20;
const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;

/** Whether these bytes spell this lower-case name, in whatever case. */
function isName(bytes: Buffer, name: string): boolean {
  if (bytes.length !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    const code = bytes[at] as number;
    if ((isCapital(code) ? code + CASE : code) !== name.charCodeAt(at)) return false;
  }
  return true;
}
