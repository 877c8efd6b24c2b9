/** A reply of RESP2: a string, a number, null, a list of these, or an error. */
export type BulkReply = string | number | null | Refusal | readonly BulkReply[];

/** An error reply; its message begins with its kind, such as WRONGTYPE. */
export class Refusal {
  constructor(readonly message: string) {}
}

/** Parses RESP2 as bytes arrive. Lengths count bytes, so the bytes are kept as a text of one character each. */
export class ReplyParser {
  #text = "";
  #at = 0;

  push(bytes: Buffer): void {
    this.#text = this.#text.slice(this.#at) + bytes.toString("latin1");
    this.#at = 0;
  }

  /** The next `count` whole replies; undefined until enough bytes have arrived. */
  take(count: number): BulkReply[] | undefined {
    const from = this.#at;
    const replies: BulkReply[] = [];
    while (replies.length < count) {
      const reply = this.#read();
      if (reply === undefined) {
        this.#at = from;
        return undefined;
      }
      replies.push(reply);
    }
    return replies;
  }

  #read(): BulkReply | undefined {
    const text = this.#text;
    const end = text.indexOf("\r\n", this.#at);
    if (end < 0) return undefined;
    const kind = text.charCodeAt(this.#at);
    const line = text.slice(this.#at + 1, end);
    this.#at = end + 2;
    if (kind === COLON) return Number(line);
    if (kind === DOLLAR) return this.#readText(Number(line));
    if (kind === STAR) return this.#readList(Number(line));
    return kind === MINUS ? new Refusal(line) : line;
  }

  #readText(length: number): string | null | undefined {
    if (length < 0) return null;
    const end = this.#at + length;
    if (this.#text.length < end + 2) return undefined;
    const bytes = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    return ASCII.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
  }

  #readList(length: number): readonly BulkReply[] | null | undefined {
    if (length < 0) return null;
    const list: BulkReply[] = [];
    for (let left = length; left > 0; left--) {
      const one = this.#read();
      if (one === undefined) return undefined;
      list.push(one);
    }
    return list;
  }
}

const COLON = 58;
const DOLLAR = 36;
const STAR = 42;
const MINUS = 45;
/** Matches text of ASCII only, where each byte is one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII too
export const ASCII = /^[\x00-\x7f]*$/;
