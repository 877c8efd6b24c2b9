import { buildConnector, Client, type Dispatcher } from "undici";
import type { Clock } from "../config/clock.js";
import type { CallRecord, Ending } from "../verdict/history.js";
import { Answer } from "./answer.js";
import type { Endpoint } from "./endpoints/endpoint.js";
import type { Gate } from "./gate.js";
import { flat, LetGo, outcomeOf } from "./outcome.js";
import { Stopwatch } from "./stopwatch.js";

/** When to leave a call on purpose: after so many content events, or so many milliseconds after it was sent. */
export type Leave = { readonly events: number } | { readonly ms: number };

/** Limits of one call in milliseconds: for connecting, for the first byte after sending, and for all of it. */
export interface CallLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly totalMs: number;
}

export interface CallOrder {
  readonly baseUrl: string;
  readonly endpoint: Endpoint;
  /** Null: the server asks for none. */
  readonly key: string | null;
  /** As far as is known the other side is not LiteLLM, so a refusal is the server's own, whatever its words. */
  readonly plain?: boolean;
  readonly body: object;
  readonly leave: Leave | null;
  readonly limits: CallLimits;
}

/** How a call went; times count from `origin`. */
export type CallResult = Omit<CallRecord, "kind" | "n" | "round" | "phase" | "lookMs" | "dueMs">;

interface Surroundings {
  readonly clock: Clock;
  /** Monotonic time that counts as 0. */
  readonly origin: number;
  /** Ends the call at once: `interrupted`. */
  readonly signal: AbortSignal;
  /** Where the calls of a burst wait for each other. */
  readonly gate?: Gate | undefined;
}

/** Makes one call on a connection of its own, so that calls spread over a proxy's workers. Never throws for what the other side does. */
export async function makeCall(order: CallOrder, { clock, origin, signal, gate }: Surroundings): Promise<CallResult> {
  const { endpoint, key, limits, leave } = order;
  const now = () => clock.monotonic() - origin;
  const times = {
    sentMs: now(),
    headersMs: null,
    firstByteMs: null,
    firstTokenMs: null,
    lastTokenMs: null,
    longestGapMs: null,
    lastByteMs: null,
  } as Times;
  const url = new URL(`${order.baseUrl}${endpoint.path}`);
  const connect = buildConnector({ timeout: 0 });
  const letGo = new AbortController();
  const end = (ending: Ending, message: string) => letGo.abort(new LetGo(ending, message));
  const stopwatch = new Stopwatch();
  const client = new Client(url.origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    // Without a limit of its own: the stopwatch has one for each phase.
    connect: (options, callback) =>
      connect(options, (...answer) => {
        stopwatch.stop("connect");
        if (gate) void gate.arrive().then(() => callback(...answer));
        else callback(...answer);
      }),
  });
  const onInterrupt = () => end("interrupted", "interrupted");
  signal.addEventListener("abort", onInterrupt, { once: true });
  if (signal.aborted) onInterrupt();
  stopwatch.start("connect", limits.connectMs, () => end("timeout", `no connection within ${limits.connectMs} ms`));
  stopwatch.start("total", limits.totalMs, () => end("timeout", `not done within ${limits.totalMs} ms`));

  let answer: Answer | undefined;
  let failure: Error | undefined;
  await new Promise<void>((resolve) => {
    let over = false;
    const finish = (error?: Error) => {
      if (over) return;
      over = true;
      failure = error;
      resolve();
    };
    letGo.signal.addEventListener("abort", () => {
      finish(letGo.signal.reason);
      void client.destroy(letGo.signal.reason);
    });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {
        times.sentMs = now();
        stopwatch.start("first byte", limits.firstByteMs, () =>
          end("timeout", `no first byte within ${limits.firstByteMs} ms`),
        );
        if (leave && "ms" in leave)
          stopwatch.start("leave", leave.ms, () => end("aborted", `left after ${leave.ms} ms`));
      },
      onResponseStart(_controller, status, headers) {
        times.headersMs = now();
        answer = new Answer(status, flat(headers), endpoint, () => {
          const at = times.lastByteMs ?? 0;
          times.firstTokenMs ??= at;
          if (times.lastTokenMs !== null)
            times.longestGapMs = Math.max(times.longestGapMs ?? 0, at - times.lastTokenMs);
          times.lastTokenMs = at;
        });
      },
      onResponseData(_controller, chunk) {
        if (over || !answer) return;
        stopwatch.stop("first byte");
        times.lastByteMs = now();
        times.firstByteMs ??= times.lastByteMs;
        answer.take(chunk);
        if (leave && "events" in leave && answer.events >= leave.events) {
          end("aborted", `left after ${answer.events} content events`);
        }
      },
      onResponseEnd: () => finish(),
      onResponseError: (_controller, error) => finish(error),
    };
    if (letGo.signal.aborted) return finish(letGo.signal.reason);
    const headers = {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...endpoint.headers(key),
    };
    const path = `${url.pathname}${url.search}`;
    client.dispatch({ path, method: "POST", headers, body: JSON.stringify(order.body) }, handler);
  });
  const endedMs = now();
  stopwatch.stopAll();
  signal.removeEventListener("abort", onInterrupt);
  await client.destroy();
  return { ...times, endedMs, ...outcomeOf(answer, failure, order.plain ?? false) };
}

type Times = {
  -readonly [Name in "headersMs" | "firstByteMs" | "firstTokenMs" | "lastTokenMs" | "longestGapMs" | "lastByteMs"]:
    | number
    | null;
} & {
  sentMs: number;
};
