import type { Cluster, Redis } from "ioredis";

/** Listens for "your turn" messages on a connection of its own, made when a caller first waits. A lost message costs a delay, no more. */
export class RedisWakeups {
  readonly #wakes = new Map<string, () => void>();
  #client: Redis | Cluster | undefined;
  #closed = false;

  constructor(
    readonly given: Redis | Cluster,
    readonly sharded: boolean,
  ) {}

  listen(channel: string, wake: () => void): () => void {
    if (this.#closed) return () => {};
    this.#wakes.set(channel, wake);
    const client = this.#connection();
    if (client.status === "ready") this.#subscribe(client, channel);
    return () => {
      this.#wakes.delete(channel);
      if (this.#closed || client.status !== "ready") return;
      (this.sharded ? client.sunsubscribe(channel) : client.unsubscribe(channel)).catch(ignored);
    };
  }

  close(): void {
    this.#closed = true;
    this.#wakes.clear();
    this.#client?.disconnect();
  }

  #connection(): Redis | Cluster {
    if (this.#client) return this.#client;
    const client = duplicate(this.given, this.sharded);
    client.on("error", ignored);
    client.on(this.sharded ? "smessage" : "message", (channel: string) => this.#wakes.get(channel)?.());
    client.on("ready", () => {
      for (const channel of this.#wakes.keys()) this.#subscribe(client, channel);
    });
    this.#client = client;
    return client;
  }

  #subscribe(client: Redis | Cluster, channel: string): void {
    const subscribed = this.sharded ? client.ssubscribe(channel) : client.subscribe(channel);
    // Whatever freed before the subscription took effect was not heard.
    subscribed.then(() => this.#wakes.get(channel)?.(), ignored);
  }
}

/** A waiter has its fallback timer: an error here delays it and is seen by the calls themselves. */
const ignored = () => {};

function duplicate(given: Redis | Cluster, sharded: boolean): Redis | Cluster {
  // Subscribing anew is done above, where a failure is heard; nothing is queued for later.
  const options = { keyPrefix: "", enableAutoPipelining: false, autoResubscribe: false, maxRetriesPerRequest: 0 };
  if (!given.isCluster) {
    return (given as Redis).duplicate({
      ...options,
      autoResendUnfulfilledCommands: false,
      lazyConnect: false,
      enableOfflineQueue: false,
    });
  }
  return (given as Cluster).duplicate([], {
    redisOptions: {
      ...(given as Cluster).options.redisOptions,
      keyPrefix: "",
      enableAutoPipelining: false,
      maxRetriesPerRequest: null,
    },
    keyPrefix: "",
    lazyConnect: false,
    enableOfflineQueue: true,
    shardedSubscribers: sharded,
  });
}
