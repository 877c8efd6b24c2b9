import { buildConnector, Client, type Dispatcher } from "undici";

/**
 * An idle connection is closed after this many milliseconds. Most servers close theirs after 5 s or more; closing first
 * avoids the race.
 */
const IDLE_MS = 2000;

// No timeout, because a call has one for each phase. No cached TLS sessions, because every call must pay for its own
// handshake.
const connect = buildConnector({ timeout: 0, maxCachedSessions: 0 });

/** What a call needs to know about its connection. */
export interface Connecting {
  /** There is no connection yet, or no longer. */
  onConnecting(): void;
  /** The connection is open or failed. The request is sent, or fails, when `proceed` is called. */
  onConnected(proceed: () => void): void;
}

/** A connection that carries one call at a time. */
export class Connection {
  readonly #client: Client;
  #call: Connecting | undefined;
  #warm = false;

  /** `origin`: `http://127.0.0.1:4000` */
  constructor(origin: string) {
    this.#client = new Client(origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      // There is never more than one call on it. With 1, however, undici waits a turn of the event loop after each
      // answer, besides the one before a request.
      pipelining: 2,
      connect: (options, callback) => {
        this.#warm = false;
        this.#call?.onConnecting();
        connect(options, (...answer) => {
          if (this.#call) this.#call.onConnected(() => callback(...answer));
          else callback(...answer);
        });
      },
    });
  }

  /** True after a whole answer: the server may then close the connection without an error. */
  get isWarm(): boolean {
    return this.#warm;
  }

  send(request: Dispatcher.DispatchOptions, handler: Connecting & Dispatcher.DispatchHandler): void {
    this.#call = handler;
    this.#client.dispatch(request, handler);
  }

  /** Its call got a whole answer, so the connection can carry the next. */
  release(): void {
    this.#call = undefined;
    this.#warm = true;
  }

  /** Resolves when it is closed. A call in flight on it ends with this error. */
  async destroy(error: Error | null = null): Promise<void> {
    await this.#client.destroy(error);
  }
}

/** Idle connections of one origin, kept for later calls. */
export class Connections {
  readonly #idle: Connection[] = [];
  #resent = 0;
  #closed = false;

  /** Calls that were sent a second time because the server closed the kept connection that they used. */
  get resent(): number {
    return this.#resent;
  }

  /** The connection released last, so that few are kept warm; undefined when none is idle. */
  take(): Connection | undefined {
    return this.#idle.pop();
  }

  give(connection: Connection): void {
    connection.release();
    if (this.#closed) void connection.destroy();
    else this.#idle.push(connection);
  }

  countResent(): void {
    this.#resent++;
  }

  /** Closes the idle connections now, and the others when they are released. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((connection) => connection.destroy()));
  }
}
