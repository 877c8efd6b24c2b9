import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const path = "/v1/chat/completions";
const body = JSON.stringify({
  model: "bench",
  messages: [{ role: "user", content: "hello" }],
  max_tokens: 16,
  stream: false,
});

/**
 * Warm-up of each contender in Node, in seconds: code that has not run is ten times slower, and a load runs for
 * minutes.
 */
const WARM_SECONDS = 2;

interface Count {
  readonly calls: number;
  readonly seconds: number;
  /** Including those of the warm-up. */
  readonly all: number;
}

/** Repeats one request with this many calls in flight, for this long, in its own process. */
export interface Contender {
  readonly name: string;
  command(url: string, callers: number, seconds: number): readonly string[];
  /** Parses what it counted after its warm-up. */
  read(printed: string): Count;
}

/** The result of one measurement. */
export interface Figures {
  readonly rate: number;
  /** CPU time of its process from start to end, in microseconds a call. */
  readonly cpuUs: number;
}

/** Measures a contender. */
export async function measure(contender: Contender, url: string, callers: number, seconds: number): Promise<Figures> {
  const timed = `TIMEFORMAT='%U %S'; time "$@"`;
  const child = spawn("bash", ["-c", timed, "-", ...contender.command(url, callers, seconds)]);
  let printed = "";
  let said = "";
  child.stdout.on("data", (bytes) => (printed += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${contender.name} ended with ${status}: ${said}`);
  const { calls, seconds: took, all } = contender.read(printed);
  const cpu = (said.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { rate: calls / took, cpuUs: (((cpu[0] ?? 0) + (cpu[1] ?? 0)) * 1e6) / all };
}

/** llmctl's probe. */
export const ours = (name: string, connections: "keep" | "fresh"): Contender => ({
  name,
  command: (url, callers, seconds) => {
    const program = fileURLToPath(new URL("probe-load.js", import.meta.url));
    return [process.execPath, program, url, `${callers}`, `${seconds}`, `${WARM_SECONDS}`, connections];
  },
  read(printed) {
    const { calls, failed, seconds, all } = JSON.parse(printed);
    if (failed > 0) throw new Error(`${failed} calls of ours did not complete`);
    return { calls, seconds, all };
  },
});

/** Parses what autocannon prints, after a line for its warm-up where it is its command line. */
function readAutocannon(printed: string): Count {
  const { requests, duration, errors, non2xx, warmup } = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
  if (errors + non2xx > 0) throw new Error(`${errors + non2xx} calls of autocannon failed`);
  return { calls: requests.total, seconds: duration, all: requests.total + (warmup?.requests.total ?? 0) };
}

/** The same work as ours: it records every call, though fewer of its times. */
export const recording: Contender = {
  name: "autocannon, each call recorded",
  command: (url, callers, seconds) => {
    const program = fileURLToPath(new URL("probe-autocannon.js", import.meta.url));
    return [process.execPath, program, `${url}${path}`, `${callers}`, `${seconds}`, `${WARM_SECONDS}`, body];
  },
  read: readAutocannon,
};

/** The HTTP client of the probe alone. */
export const undici: Contender = {
  name: "undici alone",
  command: (url, callers, seconds) => {
    const program = fileURLToPath(new URL("probe-undici.js", import.meta.url));
    return [process.execPath, program, url, path, `${callers}`, `${seconds}`, `${WARM_SECONDS}`, body];
  },
  read: (printed) => JSON.parse(printed),
};

/** autocannon's command line. */
export const autocannon: Contender = {
  name: "autocannon",
  command(url, callers, seconds) {
    const program = fileURLToPath(import.meta.resolve("autocannon"));
    const load = ["-c", `${callers}`, "-d", `${seconds}`, "-m", "POST", "-b", body];
    const warm = ["-W", "[", "-c", `${callers}`, "-d", `${WARM_SECONDS}`, "]"];
    const headers = ["-H", "authorization=Bearer sk-bench", "-H", "content-type=application/json"];
    return [process.execPath, program, ...load, ...warm, ...headers, "--json", "--no-progress", `${url}${path}`];
  },
  read: readAutocannon,
};

/** wrk; undefined where it is not installed. `dir`: where its script may be written. */
export function wrk(dir: string): Contender | undefined {
  const found = (process.env.PATH ?? "").split(delimiter).map((one) => join(one, "wrk"));
  const program = found.find((one) => {
    try {
      accessSync(one);
      return true;
    } catch {
      return false;
    }
  });
  if (!program) return undefined;
  const script = join(dir, "post.lua");
  const lines = [
    `wrk.method = "POST"`,
    `wrk.headers["authorization"] = "Bearer sk-bench"`,
    `wrk.headers["content-type"] = "application/json"`,
    `wrk.body = ${JSON.stringify(body)}`,
  ];
  writeFileSync(script, lines.join("\n"));
  return {
    name: "wrk",
    command: (url, callers, seconds) => {
      return [program, "-t", "1", "-c", `${callers}`, "-d", `${seconds}`, "-s", script, `${url}${path}`];
    },
    read(printed) {
      const [, calls, seconds] = /(\d+) requests in ([\d.]+)s/.exec(printed) ?? [];
      if (calls === undefined) throw new Error(`wrk said: ${printed}`);
      return { calls: Number(calls), seconds: Number(seconds), all: Number(calls) };
    },
  };
}
