import { createParser } from "eventsource-parser";
import type { Endpoint } from "./endpoints/endpoint.js";

/** Enough of a body to read a refusal or an error page in it. */
const KEPT = 16_384;

/** Reads an answer as its bytes arrive: counts content events of a stream and keeps the beginning of everything else. */
export class Answer {
  /** Content events so far. */
  events = 0;
  /** The stream's own last event has come. */
  finished = false;
  readonly isStream: boolean;
  readonly #decoder = new TextDecoder();
  readonly #parser;
  #text = "";

  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    endpoint: Endpoint,
    onContent: () => void,
  ) {
    this.isStream = /event-stream/.test(headers["content-type"] ?? "");
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        if (endpoint.isLast({ event, data })) this.finished = true;
        if (!endpoint.isContent({ event, data })) return;
        this.events++;
        onContent();
      },
    });
  }

  take(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    if (this.isStream) this.#parser.feed(text);
    if (this.#text.length < KEPT) this.#text += text.slice(0, KEPT - this.#text.length);
  }

  /** The beginning of the body. */
  get text(): string {
    return this.#text;
  }

  /** What is wrong with a finished 2xx answer; undefined when it is what was asked for. */
  complaint(): { readonly ending: "failed" | "cut"; readonly error: string } | undefined {
    const type = this.headers["content-type"] ?? "no content type";
    if (this.isStream) {
      return this.finished ? undefined : { ending: "cut", error: "the stream ended without its last event" };
    }
    return /json/.test(type) ? undefined : { ending: "failed", error: `answered with ${type}: this is no API` };
  }
}
