import { buildConnector, Client, type Dispatcher } from "undici";

/** An idle connection is given up after this: most servers close theirs after 5 s or more, and to be first spares the race with them. */
const IDLE_MS = 2000;

// Without a limit of its own, for a call has one for each phase; and without remembered TLS sessions, for every call shall pay for its handshake.
const connect = buildConnector({ timeout: 0, maxCachedSessions: 0 });

/** What a call wants to know of its connection. */
export interface Connecting {
  /** There is none yet, or no more. */
  onConnecting(): void;
  /** It is there, or cannot be had; the request goes out, or fails, when `proceed` is called. */
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
      // There is never more than one call on it; but with 1 undici lets a turn of the event loop pass after each answer, besides the one before a request.
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

  /** A whole answer has come over it before, so the other side may be closing it without fault. */
  get isWarm(): boolean {
    return this.#warm;
  }

  send(request: Dispatcher.DispatchOptions, handler: Connecting & Dispatcher.DispatchHandler): void {
    this.#call = handler;
    this.#client.dispatch(request, handler);
  }

  /** Its call had a whole answer, so it can carry the next. */
  release(): void {
    this.#call = undefined;
    this.#warm = true;
  }

  /** Resolves when it is closed. Whatever is under way on it ends with this error. */
  async destroy(error: Error | null = null): Promise<void> {
    await this.#client.destroy(error);
  }
}

/** Connections of one origin that are kept for the next call. */
export class Connections {
  readonly #idle: Connection[] = [];
  #resent = 0;
  #closed = false;

  /** Calls that were sent a second time, because the other side was closing the kept connection that they went out on. */
  get resent(): number {
    return this.#resent;
  }

  /** The one that was given back last, so that few are kept warm; undefined when none is idle. */
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

  /** Closes what is idle now, and the others when they are given back. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((connection) => connection.destroy()));
  }
}
