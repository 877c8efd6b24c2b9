import { StringDecoder } from "node:string_decoder";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Endpoint } from "./endpoints/endpoint.js";
import { type Headers, readHeaders } from "./headers.js";

/** Characters of a body that are kept: enough to parse a rejection or an error page. */
const KEPT = 16_384;

const READ = [
  "content-type",
  "x-litellm-version",
  "x-litellm-cache-key",
  "x-ratelimit-api_key-limit-max_parallel_requests",
];

interface Listener {
  /** The last bytes contained a content event. */
  onContent(): void;
}

/**
 * Parses an answer as its bytes arrive: counts content events of a stream, and keeps the beginning of an unsuccessful
 * answer.
 */
export class ResponseReader {
  /** Content events so far. */
  events = 0;
  /** The stream's own last event has arrived. */
  finished = false;
  readonly isStream: boolean;
  readonly isSuccess: boolean;
  /** Lower-case names with one text each: all headers of a failure, and of a success those that are read. */
  readonly headers: Headers;
  readonly #feed: ((text: string) => void) | null;
  /** Null when nothing of the body is read, so that nothing is decoded. */
  readonly #decoder: StringDecoder | null;
  #begun = false;
  #text = "";

  /** `headers`: alternating names and values, as received. */
  constructor(
    readonly status: number,
    headers: readonly Buffer[],
    endpoint: Endpoint,
    listener: Listener,
  ) {
    this.isSuccess = status >= 200 && status <= 299;
    this.headers = readHeaders(headers, this.isSuccess ? READ : null);
    this.isStream = /event-stream/.test(this.headers["content-type"] ?? "");
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

  take(chunk: Buffer): void {
    if (this.#decoder === null) return;
    let text = this.#decoder.write(chunk);
    // A byte order mark would turn the first field of a stream into an unknown one.
    if (!this.#begun && text !== "") {
      this.#begun = true;
      if (text.startsWith("\ufeff")) text = text.slice(1);
    }
    this.#feed?.(text);
    if (!this.isSuccess && this.#text.length < KEPT) this.#text += text.slice(0, KEPT - this.#text.length);
  }

  /** The beginning of the body; empty for a success, where nothing needs it. */
  get text(): string {
    return this.#text;
  }

  /** What is wrong with a finished 2xx answer; undefined when it is as expected. */
  complaint(): { readonly ending: "failed" | "cut"; readonly error: string } | undefined {
    if (this.isStream) {
      return this.finished ? undefined : { ending: "cut", error: "the stream ended without its last event" };
    }
    const type = this.headers["content-type"] ?? "no content type";
    return /json/.test(type) ? undefined : { ending: "failed", error: `answered with ${type}: this is no API` };
  }
}
