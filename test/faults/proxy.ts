import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * `open` · `hole`: nothing passes, nothing is closed, new connections are taken and left alone · `cut-replies`: commands pass, and each
 * connection dies when its reply comes · `double`: every command is sent once more over another connection, some time later.
 */
export type Fault = "open" | "hole" | "cut-replies" | "double";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly shadow: Socket;
}

/** A TCP proxy in front of one port of loopback, with faults to switch on while connections run. */
export class TcpProxy {
  fault: Fault = "open";
  /** Each chunk of commands arrives so much later, ms. */
  lagMs = 0;
  /** Each chunk of a reply comes so much later, ms. */
  delayMs: () => number = () => 0;
  /** Replies for which this is true never arrive. */
  drop: (chunk: Buffer) => boolean = () => false;
  readonly #pairs = new Set<Pair>();

  private constructor(
    readonly server: Server,
    readonly port: number,
    /** Where new connections go. */
    public target: number,
  ) {}

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const proxy = new TcpProxy(server, port, target);
    server.on("connection", (client) => proxy.#join(client));
    return proxy;
  }

  /** Closes every connection, as a restarted load balancer would. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Closes the server's side only: the client goes on believing. */
  halfOpen(): void {
    for (const { client, server } of this.#pairs) {
      server.removeAllListeners("close");
      server.destroy();
      client.removeAllListeners("data");
      client.resume();
    }
  }

  async stop(): Promise<void> {
    this.server.close();
    this.cut();
    for (const { shadow } of this.#pairs) shadow.destroy();
    await once(this.server, "close");
  }

  #join(client: Socket): void {
    const server = connect(this.target, "127.0.0.1");
    const shadow = connect(this.target, "127.0.0.1");
    const pair = { client, server, shadow };
    this.#pairs.add(pair);
    for (const socket of [client, server, shadow]) socket.on("error", () => {});
    client.setNoDelay(true);
    server.setNoDelay(true);
    shadow.resume();
    client.on("data", (chunk) => {
      if (this.fault === "hole") return;
      if (this.lagMs === 0) server.write(chunk);
      else setTimeout(() => server.writable && server.write(chunk), this.lagMs);
      if (this.fault === "double") setTimeout(() => shadow.writable && shadow.write(chunk), Math.random() * 100);
    });
    // A slow network keeps the order all the same.
    let before = Promise.resolve();
    server.on("data", (chunk) => {
      if (this.fault === "hole" || this.drop(chunk)) return;
      if (this.fault === "cut-replies") return void client.destroy();
      const due = performance.now() + this.delayMs();
      before = before.then(async () => {
        if (due > performance.now()) await sleep(due - performance.now());
        if (client.writable) client.write(chunk);
      });
    });
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
      shadow.destroy();
    };
    client.on("close", end);
    server.on("close", end);
  }
}
