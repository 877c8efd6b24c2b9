import type { IncomingHttpHeaders } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Endpoint } from "./endpoints/endpoint.js";

/** Enough of a body to read a refusal or an error page in it. */
const KEPT = 16_384;

interface Listener {
  /** A content event was in the bytes that were taken last. */
  onContent(): void;
}

/** Reads an answer as its bytes arrive: counts content events of a stream, and keeps the beginning of what is no success. */
export class Answer {
  /** Content events so far. */
  events = 0;
  /** The stream's own last event has come. */
  finished = false;
  readonly isStream: boolean;
  readonly isSuccess: boolean;
  readonly #headers: IncomingHttpHeaders;
  readonly #feed: ((text: string) => void) | null;
  /** Of a body of which nothing is read nothing is decoded either. */
  readonly #decoder: StringDecoder | null;
  #begun = false;
  #text = "";

  /** `headers` with lower-case names, as undici gives them. */
  constructor(
    readonly status: number,
    headers: IncomingHttpHeaders,
    endpoint: Endpoint,
    listener: Listener,
  ) {
    this.#headers = headers;
    this.isSuccess = status >= 200 && status <= 299;
    this.isStream = /event-stream/.test(this.header("content-type") ?? "");
    this.#feed = this.isStream ? this.#reader(endpoint, listener) : null;
    this.#decoder = this.isStream || !this.isSuccess ? new StringDecoder("utf8") : null;
  }

  #reader(endpoint: Endpoint, listener: Listener): (text: string) => void {
    const onEvent = ({ event, data }: EventSourceMessage) => {
      if (endpoint.isLast({ event, data })) this.finished = true;
      if (!endpoint.isContent({ event, data })) return;
      this.events++;
      listener.onContent();
    };
    return createParser({ onEvent }).feed;
  }

  take(chunk: Uint8Array): void {
    if (this.#decoder === null) return;
    let text = this.#decoder.write(chunk as Buffer);
    // A byte order mark would make the first field of a stream one that nobody knows.
    if (!this.#begun && text !== "") {
      this.#begun = true;
      if (text.startsWith("\ufeff")) text = text.slice(1);
    }
    this.#feed?.(text);
    if (!this.isSuccess && this.#text.length < KEPT) this.#text += text.slice(0, KEPT - this.#text.length);
  }

  /** One header; several of its name are joined by commas. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** All headers, one text each. */
  get headers(): Record<string, string> {
    return Object.fromEntries(Object.keys(this.#headers).map((name) => [name, this.header(name) ?? ""]));
  }

  /** The beginning of the body; empty for a success, of which it tells nothing. */
  get text(): string {
    return this.#text;
  }

  /** What is wrong with a finished 2xx answer; undefined when it is what was asked for. */
  complaint(): { readonly ending: "failed" | "cut"; readonly error: string } | undefined {
    if (this.isStream) {
      return this.finished ? undefined : { ending: "cut", error: "the stream ended without its last event" };
    }
    const type = this.header("content-type") ?? "no content type";
    return /json/.test(type) ? undefined : { ending: "failed", error: `answered with ${type}: this is no API` };
  }
}
