import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const leash = join(dirname(fileURLToPath(import.meta.url)), "leash");

interface Launch {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly url: string;
  readonly workers: number;
}

interface Launched {
  /** Leader of the group that holds all of its processes. */
  readonly pid: number;
  end(): Promise<void>;
}

/** Starts a LiteLLM and resolves when it answers. One at a time on a machine: a start takes a whole core for 10 to 20 seconds. */
export async function launch(how: Launch): Promise<Launched> {
  await waitForTurn();
  try {
    return await start(how);
  } finally {
    await rm(turn, { force: true });
  }
}

async function start({ words, env, logFile, url, workers }: Launch): Promise<Launched> {
  const log = openSync(logFile, "a");
  // Only what is named here: a REDIS_URL or an HTTP proxy of the person who runs the tests must not reach it.
  const child = spawn(leash, words, {
    detached: true, // a group of its own, so that no worker outlives it
    stdio: ["pipe", log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: process.env.LANG, ...env },
  });
  closeSync(log);
  const pid = child.pid as number;
  const gone = once(child, "exit");
  const killGroup = () => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  const end = async () => {
    child.kill("SIGTERM");
    await Promise.race([gone, sleep(5000)]);
    killGroup();
    await gone;
  };
  try {
    for (const since = Date.now(); ; await sleep(200)) {
      const text = await readFile(logFile, "utf8");
      const running = text.includes(`Uvicorn running on ${url}`);
      // With several workers the parent says so before any of them listens.
      const ready = workers === 1 || text.split("Application startup complete").length > workers;
      if (running && ready && (await fetch(`${url}/health/readiness`)).ok) return { pid, end };
      if (child.exitCode !== null || Date.now() - since > 300_000) {
        throw new Error(`LiteLLM did not start:\n${text.slice(-4000)}`);
      }
    }
  } catch (error) {
    await end();
    throw error;
  }
}

/** Holds the process whose turn it is. */
const turn = join(tmpdir(), `llmctl-litellm-start-${process.getuid?.() ?? ""}`);

async function waitForTurn(): Promise<void> {
  for (;;) {
    try {
      await writeFile(turn, `${process.pid}`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // It may be gone by now, or empty yet.
    const holder = Number(await readFile(turn, "utf8").catch(() => ""));
    if (holder > 0 && !isAlive(holder)) await rm(turn, { force: true });
    else await sleep(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
