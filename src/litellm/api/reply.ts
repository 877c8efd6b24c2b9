/** What the proxy answered. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
  readonly text: string;
}
