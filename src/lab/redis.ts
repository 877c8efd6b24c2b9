import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A private Redis on loopback in its own folder. It saves nothing unless `args` say so. */
export interface PrivateRedis {
  readonly port: number;
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** Its working folder: socket, append-only file or snapshot, if `args` ask for one. */
  readonly dir: string;
  readonly pid: number;
  /** Ends the server and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL, like a crash. The folder stays; `stop` removes it. */
  kill(): Promise<void>;
}

/** Options of a private Redis. */
export interface PrivateRedisOptions {
  /** More arguments of redis-server, such as `["--appendonly", "yes"]`. */
  args?: readonly string[];
  /** Port to listen on; a free one by default. */
  port?: number;
  /** An existing working folder, to start a server from its old snapshot. */
  dir?: string;
}

/**
 * Finds the first of LLMCTL_REDIS_SERVER, redis-server, valkey-server that can be run; undefined when there is none.
 */
export async function findRedisServer(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const names = env.LLMCTL_REDIS_SERVER ? [env.LLMCTL_REDIS_SERVER] : ["redis-server", "valkey-server"];
  const folders = [...(env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
  for (const name of names) {
    for (const path of name.includes("/") ? [name] : folders.map((folder) => join(folder, name))) {
      if (await runnable(path)) return path;
    }
  }
  return undefined;
}

const runnable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

/**
 * Starts a private Redis and resolves when it answers. Throws with the server's own last output when it does not start.
 */
export async function startRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const program = await findRedisServer();
  if (!program)
    throw new Error("no redis-server or valkey-server found; run bin/setup, or name one in LLMCTL_REDIS_SERVER");
  const port = options.port ?? (await freePort());
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "llmctl-redis-")));
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir];
  const child = spawn(program, [...args, ...(options.args ?? [])], { stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (words = (words + data).slice(-2000)));
  const gone = once(child, "exit");
  outliveNobody(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await gone;
    }
  };
  for (let waited = 0; !(await answers(port)); waited += 20) {
    if (child.exitCode !== null || waited > 10_000) {
      await end("SIGKILL");
      throw new Error(`${program} did not start on port ${port}:\n${words}`);
    }
    await sleep(20);
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    pid: child.pid as number,
    async stop() {
      await end("SIGTERM");
      await rm(dir, { recursive: true, force: true });
    },
    kill: () => end("SIGKILL"),
  };
}

/** A killed process cannot stop its Redis, so a watcher at the other end of this pipe stops it when the pipe closes. */
function outliveNobody(child: ChildProcess): void {
  const watcher = spawn("/bin/sh", ["-c", 'read -r _; kill -KILL "$1"', "sh", `${child.pid}`], {
    stdio: ["pipe", "ignore", "ignore"],
    // In its own process group, because Ctrl-C is for us; we stop the server cleanly.
    detached: true,
  });
  child.once("exit", () => watcher.kill("SIGKILL"));
  watcher.unref();
  (watcher.stdin as Socket).unref();
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
