import type { Cluster, Redis, RedisOptions } from "ioredis";
import type { Script } from "./scripts.js";
import { StoreError } from "./store.js";

export type Argument = string | number;

/** A connection of the limiter's own: it never sends a command twice by itself and never keeps one for later. */
export class RedisConnection {
  readonly client: Redis | Cluster;
  #ready: Promise<void> | undefined;
  lastError: Error | undefined;

  constructor(
    given: Redis | Cluster,
    readonly timeoutMs: number,
    readonly onReload: () => void,
  ) {
    this.client = duplicate(given, timeoutMs);
    this.client.on("error", (error: Error) => (this.lastError = error));
    this.#ready = new Promise((resolve) => this.client.once("ready", resolve)).then(() => {
      this.#ready = undefined;
    });
  }

  /** Runs a script. Rejects with a StoreError, at the latest after the timeout; what was sent then may still run. */
  run(script: Script, keys: readonly string[], args: readonly Argument[], replicas = 0): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      let open = true;
      let sent = false;
      const fail = (error: Error) => {
        open = false;
        cancel();
        reject(error);
      };
      const cancel = afterTurns(this.timeoutMs, () => {
        const why = this.lastError && this.client.status !== "ready" ? `; last error: ${this.lastError.message}` : "";
        fail(new StoreError(sent ? "unknown" : "unsent", `no reply from Redis within ${this.timeoutMs} ms${why}`));
      });
      const send = (known: boolean): void => {
        if (!open) return;
        sent = true;
        // A Cluster turns away at once what is for a node that it is still connecting to: that was never sent, and is tried again.
        let turnedAway = this.client.isCluster;
        if (turnedAway) setImmediate(() => (turnedAway = false));
        this.#send(known ? "evalsha" : "eval", known ? script.sha : script.lua, keys, args, replicas).then(
          (reply) => {
            if (!open) return;
            open = false;
            cancel();
            resolve(reply);
          },
          (error: Error) => {
            if (!open) return;
            if (turnedAway && notSent.test(error.message)) {
              sent = false;
              setTimeout(send, 5, known);
              return;
            }
            if (!known || !error.message.startsWith("NOSCRIPT")) return fail(outcome(error));
            this.onReload();
            send(false);
          },
        );
      };
      if (this.#ready) void this.#ready.then(() => send(true));
      else send(true);
    });
  }

  async #send(
    command: "eval" | "evalsha",
    script: string,
    keys: readonly string[],
    args: readonly Argument[],
    replicas: number,
  ) {
    if (!replicas) return (await this.client[command](script, keys.length, ...keys, ...args)) as unknown[];
    // One pipeline, one socket: WAIT speaks of the writes of its own connection.
    const wait = Math.max(1, Math.floor(this.timeoutMs * 0.8));
    const [ran, kept] =
      (await this.client
        .pipeline([
          [command, script, keys.length, ...keys, ...args],
          ["wait", replicas, wait],
        ])
        .exec()) ?? [];
    if (!ran || !kept) throw new Error("Connection is closed.");
    if (ran[0]) throw ran[0];
    if (kept[0]) throw kept[0];
    return [...(ran[1] as unknown[]), kept[1]];
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

/** Fires after `ms`; when the loop itself was late, gives the socket one more turn first. */
function afterTurns(ms: number, fire: () => void): () => void {
  const due = performance.now() + ms;
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    if (performance.now() - due < 10) fire();
    else immediate = setImmediate(fire);
  }, ms);
  return () => {
    clearTimeout(timer);
    if (immediate) clearImmediate(immediate);
  };
}

function duplicate(given: Redis | Cluster, timeoutMs: number): Redis | Cluster {
  const options = {
    keyPrefix: "",
    stringNumbers: false,
    enableAutoPipelining: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: Math.max(1_000, 10 * timeoutMs),
    // A socket that says nothing for so long is dead, even when nobody closed it.
    socketTimeout: Math.max(1_000, 10 * timeoutMs),
  };
  const retry = (times: number) => Math.min(1_000, 25 * 2 ** Math.min(times, 10)) * (0.75 + Math.random() / 2);
  if (!given.isCluster) {
    const single: RedisOptions = {
      ...options,
      enableOfflineQueue: false,
      lazyConnect: false,
      retryStrategy: retry,
      // A primary that became a replica: connect again, to whoever is primary now.
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
