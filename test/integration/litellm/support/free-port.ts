import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A free port of 127.0.0.1 that nobody is given by chance: below the range from which systems hand out ports for outgoing connections and
 * for port 0. LiteLLM takes its port ten seconds after it was told, time enough for somebody else to come by it.
 */
export async function quietPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error("a hundred ports tried, none was free");
}
