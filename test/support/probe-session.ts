import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { systemClock } from "../../src/config/clock.js";
import type { Context } from "../../src/config/context.js";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import type { Settings } from "../../src/config/settings.js";
import { LlmctlError } from "../../src/errors.js";
import { type ProbeDocument, probeDocument } from "../../src/output/documents/probe.js";
import { probe } from "../../src/probe/command.js";
import type { ProbeFlags } from "../../src/probe/options.js";
import { type RecordedRun, runsDir } from "../../src/runs/reader.js";
import { Terminal } from "../../src/terminal/terminal.js";
import { readRuns } from "./read-runs.js";

export interface Surroundings {
  baseUrl: string;
  /** The key under test, put into a file for `--key-file`; without it `flags` say what is tested. */
  key?: string;
  apiKey?: string;
  redisUrl?: string;
  redisNamespace?: string;
  settings?: Partial<Settings>;
  signal?: AbortSignal;
  /** Short times, so that a test does not wait for half a minute; a test may name its own. */
  flags?: Partial<ProbeFlags>;
}

export interface Probed {
  /** Undefined when it ended with an error. */
  readonly document: ProbeDocument | undefined;
  readonly exit: number;
  readonly error: LlmctlError | undefined;
  /** All that was said on stderr. */
  readonly said: string;
  /** What a person sees on stdout, as plain text. */
  readonly shown: string;
  readonly runs: readonly RecordedRun[];
  /** Everything in the state folder, as text. */
  readonly files: string;
}

const DEFAULTS: ProbeFlags = {
  rounds: "1",
  maxTokens: "16",
  maxLag: "150ms",
  settle: "600ms",
  maxTime: "30s",
  connectTimeout: "2s",
  firstByteTimeout: "30s",
  callTimeout: "10s",
};

/** Runs the command as the program would, in a state folder of its own. */
export async function runProbe(endpoint: string, around: Surroundings): Promise<Probed> {
  const dir = await mkdtemp(join(tmpdir(), "llmctl-probe-"));
  let said = "";
  const terminal = new Terminal({
    stdout: { write: () => true },
    stderr: { write: (text: string) => (said += text) },
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    env: {},
  });
  const keyFile = join(dir, "key.txt");
  if (around.key !== undefined) await writeFile(keyFile, `${around.key}\n`);
  const context: Context = {
    settings: {
      baseUrl: around.baseUrl,
      ...(around.apiKey === undefined ? {} : { apiKey: around.apiKey }),
      ...(around.redisUrl === undefined ? {} : { redis: parseRedisUrl(around.redisUrl, "--redis-url") }),
      ...(around.redisNamespace === undefined ? {} : { redisNamespace: around.redisNamespace }),
      timeoutMs: 5000,
      output: "table",
      quiet: false,
      yes: false,
      dryRun: false,
      input: true,
      debug: false,
      stateDir: join(dir, "state"),
      ...around.settings,
    },
    terminal,
    clock: systemClock,
    env: {},
    signal: around.signal ?? new AbortController().signal,
    publish: async () => {},
  };
  const flags = { ...DEFAULTS, ...(around.key === undefined ? {} : { keyFile }), ...around.flags };
  try {
    const outcome = await probe(context, endpoint, flags).catch((error: unknown) => {
      if (error instanceof LlmctlError) return error;
      throw error;
    });
    const runs = await readRuns(runsDir(context.settings.stateDir));
    const files = (await Promise.all(runs.map(({ path }) => readText(path)))).join("\n");
    if (outcome instanceof LlmctlError) {
      return { document: undefined, exit: outcome.exit, error: outcome, said, shown: "", runs, files };
    }
    const shown = JSON.stringify(outcome.page);
    const document = probeDocument.parse(outcome.document);
    return { document, exit: outcome.exit, error: undefined, said, shown, runs, files };
  } finally {
    await rm(dir, { recursive: true });
  }
}

const readText = async (path: string) => (await import("node:fs/promises")).readFile(path, "utf8");
