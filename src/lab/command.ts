import { once } from "node:events";
import type { Context } from "../config/context.js";
import { parseCount, parseDuration } from "../config/duration.js";
import { describeRedis, parseRedisUrl } from "../config/redis-url.js";
import { readSecret } from "../config/secret.js";
import type { GlobalFlags } from "../config/settings.js";
import { EXIT, errorCode, unreachableError, usageError } from "../errors.js";
import type { CommandResult, DocumentResult } from "../output/command-result.js";
import type { LabDocument } from "../output/documents/lab.js";
import { AS_RELEASED, DEFECT_NAMES, isDefectName } from "./defects/index.js";
import { type LabOptions, type RunningLab, startLab } from "./proxy.js";
import { OLDEST, releaseOf } from "./releases/index.js";
import { view } from "./view.js";

/** Flags of `llmctl lab`, as typed. */
export interface LabFlags extends GlobalFlags {
  bug?: string;
  /** The former name of `--bug`. */
  sick?: string;
  limit: string;
  workers: string;
  window: string;
  release?: string;
  port?: string;
  keyFile?: string;
}

/** `llmctl lab`: runs until it is interrupted. Prints its description and address once it is ready. */
export async function lab(context: Context, flags: LabFlags): Promise<CommandResult> {
  const { settings, terminal, signal } = context;
  const key = flags.keyFile === undefined ? undefined : await readSecret(flags.keyFile, "--key-file", terminal.stdin);
  terminal.secrets.learn(key);
  // Only the flag counts: a key in the environment may belong to a real proxy.
  const masterKey = flags.apiKeyFile === undefined ? undefined : settings.apiKey;
  const options = read(flags);
  const running = await start({
    ...options,
    ...(key === undefined ? {} : { key }),
    ...(masterKey === undefined ? {} : { masterKey }),
    ...(settings.redisNamespace === undefined ? {} : { namespace: settings.redisNamespace }),
  });
  try {
    const document: LabDocument = {
      schema: "llmctl.lab/1",
      baseUrl: running.baseUrl,
      redisUrl: describeRedis(parseRedisUrl(running.redisUrl, "--redis-url")),
      version: running.version,
      sickness: options.sick ?? AS_RELEASED,
      limit: options.limit,
      workers: options.workers,
      masterKey: masterKey === undefined ? running.masterKey : null,
      key: key === undefined ? running.key : null,
    };
    const made = [document.masterKey, document.key].filter((secret) => secret !== null);
    const started: DocumentResult = {
      kind: "document",
      document,
      page: view(document, flags.keyFile),
      exit: EXIT.done,
      brief: running.baseUrl,
      reveals: made,
    };
    await context.publish?.(started);
    terminal.note("running; Ctrl-C ends it");
    if (!signal.aborted) await once(signal, "abort");
    return { kind: "printed", exit: signal.reason === "SIGTERM" ? EXIT.done : EXIT.interrupted };
  } finally {
    await running.stop();
  }
}

/** Milliseconds. No real model answers instantly; such calls would be over before the next of a burst arrives. */
const ANSWER_MS = 150;

type Read = LabOptions & { limit: number; workers: number };

function read(flags: LabFlags): Read {
  // A release given by flag has its own bugs.
  const sick = flags.bug ?? flags.sick ?? (flags.release === undefined ? "messages-never-release" : undefined);
  if (sick !== undefined && !isDefectName(sick)) {
    throw usageError({
      code: "no-such-bug",
      message: `unknown bug: ${sick}`,
      hint: `one of: ${DEFECT_NAMES.join(", ")}`,
    });
  }
  const windowMs = parseDuration(flags.window, "--window");
  if (windowMs < 1000 || windowMs % 1000 !== 0) {
    throw usageError({
      code: "bad-window",
      message: `--window ${flags.window} is not a number of whole seconds`,
      hint: "for example: --window 5s",
    });
  }
  return {
    ...(sick === undefined ? {} : { sick }),
    limit: parseCount(flags.limit, "--limit"),
    workers: parseCount(flags.workers, "--workers"),
    windowS: windowMs / 1000,
    answerMs: ANSWER_MS,
    ...(flags.port === undefined ? {} : { port: parsePort(flags.port) }),
    ...(flags.release === undefined ? {} : { version: knownRelease(flags.release) }),
    // Only the flag counts: a REDIS_URL in the environment may be any server.
    ...(flags.redisUrl === undefined ? {} : { redisUrl: flags.redisUrl }),
  };
}

function parsePort(text: string): number {
  const port = parseCount(text, "--port", 0);
  if (port <= 65_535) return port;
  throw usageError({
    code: "bad-number",
    message: `--port ${text} is no port`,
    hint: "at most: --port 65535; 0 takes a free one",
  });
}

function knownRelease(version: string): string {
  try {
    return releaseOf(version).version;
  } catch (cause) {
    const hint = `a version of LiteLLM from ${OLDEST} on, such as 1.79.1`;
    throw usageError({ code: "no-such-release", message: `--release ${version} cannot be imitated`, hint, cause });
  }
}

async function start(options: LabOptions): Promise<RunningLab> {
  try {
    return await startLab(options);
  } catch (cause) {
    if (errorCode(cause) !== "EADDRINUSE") throw cause;
    throw unreachableError({
      code: "port-in-use",
      message: `port ${options.port} is in use`,
      hint: "take another --port, or none",
      cause,
    });
  }
}
