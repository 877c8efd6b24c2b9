/** The four routes that the limiter guards. */
export type Route = "chat" | "messages" | "responses" | "completions";

/** The provider behind the proxy: leaks of slots releases depend on it. */
export type Provider = "openai" | "anthropic";

/**
 * How a call ended for the proxy: `aborted` = the client left after the first byte, `abandoned` = before it, `cut` =
 * the provider broke off in mid-stream, `failed` = the provider answered with an error, `unknown-model` = there is no
 * such model.
 */
export type Ending = "completed" | "failed" | "unknown-model" | "cut" | "aborted" | "abandoned";

/** A call that has ended. */
export interface EndedCall {
  readonly route: Route;
  readonly provider: Provider;
  readonly stream: boolean;
  readonly ending: Ending;
}

/**
 * What the proxy writes for one ended call. No give-back is a leak; two release the slot twice.
 * `give-back` keeps the counter's expiry, `give-back-anew` restarts it and decrements the worker cache too (both are
 * the same for slots);
 * `book` adds the tokens used, less those reserved, to the counters of the key and of key and model;
 * `book-apart` adds them to the key's as if nothing had been reserved; `book-reserved` only corrects a reservation to
 * what was used;
 * `refund` cancels the reservation.
 */
export type CounterWrite = "give-back" | "give-back-anew" | "book" | "book-apart" | "book-reserved" | "refund";

/** The behaviour of one LiteLLM release, as far as it was measured on a running proxy. */
export interface Release {
  readonly version: string;
  readonly shape: "windowed" | "slots";
  /** True from 1.MINOR.PATCH on. */
  since(minor: number, patch?: number): boolean;
  writesAtEnd(call: EndedCall): readonly CounterWrite[];
  /** For windowed: whether a rejected call of this route decrements the counter and sets its expiry to a window. */
  refusalLowers(route: Route): boolean;
  /** Whether a call whose client left in mid-stream continues until the provider has finished. */
  readonly outlivesClient: boolean;
}

const VERSION = /^1\.(\d+)\.(\d+)/;

/** Parses `1.79.1` to [79, 1]. Throws for a text that is no version of LiteLLM 1. */
export function parseVersion(version: string): readonly [minor: number, patch: number] {
  const found = VERSION.exec(version);
  if (!found) throw new Error(`not a LiteLLM version: ${version}`);
  return [Number(found[1]), Number(found[2])];
}

/** Creates the `since` of a version. */
export function sinceOf(version: string): Release["since"] {
  const [ours, ourPatch] = parseVersion(version);
  return (minor, patch = 0) => ours > minor || (ours === minor && ourPatch >= patch);
}
