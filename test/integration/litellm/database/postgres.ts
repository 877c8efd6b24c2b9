import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, chown, constants, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { quietPort } from "../support/free-port.js";

const run = promisify(execFile);

/** A Postgres of our own on loopback that keeps nothing. */
export interface PrivatePostgres {
  /** `postgresql://litellm@127.0.0.1:PORT/postgres`, without a password. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Where Debian and Homebrew keep the server programs, which are seldom on the PATH. */
async function programFolder(): Promise<string> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const versions of ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]) {
    for (const name of await readdir(versions).catch(() => [])) folders.push(join(versions, name, "bin"));
  }
  for (const folder of folders) {
    const there = ["initdb", "postgres"].map((program) => access(join(folder, program), constants.X_OK));
    if ((await Promise.allSettled(there)).every(({ status }) => status === "fulfilled")) return folder;
  }
  throw new Error("no Postgres server programs found. Type: test/integration/litellm/install");
}

/** Postgres refuses to run as root; Debian's package brings a user for it. */
async function unprivileged(): Promise<{ uid: number; gid: number } | object> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, "postgres"])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

/** Starts a new, empty Postgres and returns when it takes connections; about two seconds. */
export async function startPostgres(): Promise<PrivatePostgres> {
  const programs = await programFolder();
  const user = await unprivileged();
  const dir = await mkdtemp(join(tmpdir(), "llmctl-postgres-"));
  if ("uid" in user) await chown(dir, user.uid, user.gid);
  const data = join(dir, "data");
  const initdb = ["-D", data, "-U", "litellm", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  await run(join(programs, "initdb"), initdb, { ...user, cwd: dir });
  const port = await quietPort();
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
  const args = ["-D", data, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(join(programs, "postgres"), args, { ...user, cwd: dir, stdio: ["ignore", "ignore", "pipe"] });
  const gone = once(child, "exit");
  let words = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (data) => {
      words = (words + data).slice(-4000);
      if (words.includes("ready to accept connections")) resolve();
    });
    gone.then(() => reject(new Error(`Postgres did not start:\n${words}`)), reject);
  });
  return {
    url: `postgresql://litellm@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill("SIGINT"); // "fast": does not wait for clients
      await gone;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
