import type { Cluster, Redis, RedisOptions } from "ioredis";
import { CallTimeouts, type TimedCall } from "./call-timeouts.js";
import type { Script } from "./scripts.js";
import { StoreError } from "./store.js";
import { realTimers } from "./timers.js";

export type Argument = string | number;

/** A connection of the limiter's own: it never sends a command twice by itself and never keeps one for later. */
export class RedisConnection {
  readonly client: Redis | Cluster;
  readonly #timeouts: CallTimeouts;
  #ready: Promise<void> | undefined;
  #tokens = 0;
  lastError: Error | undefined;

  constructor(
    given: Redis | Cluster,
    readonly timeoutMs: number,
    readonly onReload: () => void,
  ) {
    this.#timeouts = new CallTimeouts(timeoutMs);
    this.client = duplicate(given, timeoutMs);
    this.client.on("error", (error: Error) => (this.lastError = error));
    this.#ready = new Promise((resolve) => this.client.once("ready", resolve)).then(() => {
      this.#ready = undefined;
    });
  }

  /**
   * Runs a script, with a token as its first argument that its reply repeats as its first element; resolves to the rest of the reply. Rejects
   * with a StoreError, at the latest after the timeout; what was sent then may still run.
   */
  run(script: Script, keys: readonly string[], args: readonly Argument[], replicas = 0): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const token = `${this.#tokens++}`;
      let sent = false;
      const call: TimedCall = {
        open: true,
        dueAt: 0,
        timedOut: () => {
          const why = this.lastError && this.client.status !== "ready" ? `; last error: ${this.lastError.message}` : "";
          const message = `no reply from Redis within ${this.timeoutMs} ms${why}`;
          fail(new StoreError(sent ? "unknown" : "unsent", message));
        },
      };
      const end = () => {
        call.open = false;
        this.#timeouts.ended();
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      const send = (known: boolean): void => {
        if (!call.open) return;
        sent = true;
        // A Cluster turns away at once what is for a node that it is still connecting to: that was never sent, and is tried again.
        let turnedAway = this.client.isCluster;
        if (turnedAway) realTimers.setImmediate(() => (turnedAway = false));
        this.#send(known ? "evalsha" : "eval", known ? script.sha : script.lua, keys, [token, ...args], replicas).then(
          (reply) => {
            const own = Array.isArray(reply) && reply[0] === token;
            // A connection that has lost step gives every call the reply of another one: drop it, and believe nothing of it.
            if (!own) this.#drop();
            if (!call.open) return;
            if (!own) return fail(new StoreError("unknown", "the reply is that of another call"));
            end();
            resolve(reply.slice(1));
          },
          (error: Error) => {
            if (!call.open) return;
            if (turnedAway && notSent.test(error.message)) {
              sent = false;
              realTimers.setTimeout(send, 5, known);
              return;
            }
            if (!known || !error.message.startsWith("NOSCRIPT")) return fail(outcome(error));
            this.onReload();
            send(false);
          },
        );
      };
      this.#timeouts.add(call);
      if (this.#ready) void this.#ready.then(() => send(true));
      else send(true);
    });
  }

  #send(
    command: "eval" | "evalsha",
    script: string,
    keys: readonly string[],
    args: readonly Argument[],
    replicas: number,
  ): Promise<unknown> {
    if (!replicas) return this.client[command](script, keys.length, ...keys, ...args);
    // One pipeline, one socket: WAIT speaks of the writes of its own connection.
    const wait = Math.max(1, Math.floor(this.timeoutMs * 0.8));
    const commands = [
      [command, script, keys.length, ...keys, ...args],
      ["wait", replicas, wait],
    ];
    return this.client
      .pipeline(commands)
      .exec()
      .then((replies) => {
        const [ran, kept] = replies ?? [];
        if (!ran || !kept) throw new Error("Connection is closed.");
        if (ran[0]) throw ran[0];
        if (kept[0]) throw kept[0];
        return [...(ran[1] as unknown[]), kept[1]];
      });
  }

  /** Ends the connection and makes a new one; what is on its way ends as unknown. */
  #drop(): void {
    if (this.client.status === "ready") this.client.disconnect(true);
  }

  close(): void {
    this.client.disconnect();
  }
}

const notSent = /Connection is closed|isn't writeable|isn't ready|Cluster is ended|Failed to refresh slots/;

/** What a rejected command proves: only an error that the server wrote, or a socket that never took it, means that it did not run. */
function outcome(error: Error): StoreError {
  const answered = error.name === "ReplyError" || /^[A-Z]+ |Last error: \w*Error: [A-Z]+ /.test(error.message);
  const unsent = notSent.test(error.message) && !error.message.includes("Connection is closed");
  return new StoreError(answered ? "failed" : unsent ? "unsent" : "unknown", error.message, { cause: error });
}

function duplicate(given: Redis | Cluster, timeoutMs: number): Redis | Cluster {
  const options = {
    keyPrefix: "",
    stringNumbers: false,
    enableAutoPipelining: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: Math.max(1_000, 10 * timeoutMs),
    // A socket that says nothing for so long is dead, even when neither side closed it.
    socketTimeout: Math.max(1_000, 2 * timeoutMs),
  };
  const retry = (times: number) => Math.min(1_000, 25 * 2 ** Math.min(times, 10)) * (0.75 + Math.random() / 2);
  if (!given.isCluster) {
    const single: RedisOptions = {
      ...options,
      enableOfflineQueue: false,
      lazyConnect: false,
      retryStrategy: retry,
      // A primary that became a replica: connect again, to the primary of now.
      reconnectOnError: (error) => error.message.startsWith("READONLY"),
    };
    return (given as Redis).duplicate(single);
  }
  return (given as Cluster).duplicate([], {
    redisOptions: { ...(given as Cluster).options.redisOptions, ...options },
    keyPrefix: "",
    enableAutoPipelining: false,
    enableOfflineQueue: false,
    lazyConnect: false,
    clusterRetryStrategy: retry,
    // MOVED and ASK are followed at once; whatever would be sent again later ends here.
    maxRedirections: 2,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 1,
    slotsRefreshTimeout: Math.max(1_000, 10 * timeoutMs),
    slotsRefreshInterval: 2_000,
  });
}
