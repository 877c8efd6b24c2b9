import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "llmctl.js");

/** What a finished run of the program left. */
export interface CliResult {
  stdout: string;
  stderr: string;
  /** Exit code, or null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** The document on stdout. Throws with both streams when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it is about
  json(): any;
}

export interface CliOptions {
  /** Added to PATH, HOME and the like; settings of llmctl, LiteLLM and Redis in the caller's own environment are left out. */
  env?: Record<string, string>;
  /** Written to stdin, which is closed after it. */
  input?: string;
  cwd?: string;
  /** Milliseconds until SIGKILL, 120000 by default. */
  timeout?: number;
}

/** A run that still goes on, for tests that interrupt it. */
export interface RunningCli {
  readonly pid: number;
  /** What stderr holds so far, where progress goes. */
  stderr(): string;
  stdout(): string;
  kill(signal: NodeJS.Signals): void;
  readonly done: Promise<CliResult>;
}

const kept = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "LLMCTL_REDIS_SERVER"];

/** Starts the built program as a process of its own, without a terminal. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const inherited = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 120_000);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  // A program that ends without reading its input closes the pipe under us; that is its right.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const done = once(child, "close").then(([status, signal]): CliResult => {
    clearTimeout(timer);
    const json = () => {
      try {
        return JSON.parse(stdout);
      } catch (cause) {
        throw new Error(`llmctl ${args.join(" ")} (exit ${status}) printed no JSON\n${stdout}\n--\n${stderr}`, {
          cause,
        });
      }
    };
    return { stdout, stderr, status, signal, json };
  });
  return {
    pid: child.pid as number,
    stderr: () => stderr,
    stdout: () => stdout,
    kill: (signal) => void child.kill(signal),
    done,
  };
}

/** Runs the built program to its end. `bin/setup` or `npm run build` has to come first. */
export const runCli = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  startCli(args, options).done;
