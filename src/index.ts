/**
 * llmctl for programs: the acts behind `llmctl doctor`, `doctor undo`, `probe` and `dump`. They return the documents
 * that the program
 * prints with `--json`, write nothing to any stream, ask nobody and never end the process. What goes wrong is thrown as
 * an `LlmctlError`.
 */
import { PassThrough } from "node:stream";
import { type Clock, systemClock } from "./config/clock.js";
import type { Context } from "./config/context.js";
import { stateDir } from "./config/paths.js";
import { redisFrom } from "./config/redis.js";
import type { Settings } from "./config/settings.js";
import type { TypedFlags } from "./doctor/suggestions.js";
import { usageError } from "./errors.js";
import type { CommandResult } from "./output/command-result.js";
import type { DoctorDocument } from "./output/documents/doctor.js";
import type { DumpDocument } from "./output/documents/dump.js";
import type { ProbeDocument } from "./output/documents/probe.js";
import { Terminal } from "./terminal/terminal.js";

export type { Clock } from "./config/clock.js";
export { EXIT, type ExitCode, LlmctlError } from "./errors.js";
export type { DoctorDocument } from "./output/documents/doctor.js";
export type { DumpDocument } from "./output/documents/dump.js";
export type { ProbeDocument } from "./output/documents/probe.js";

/** Where proxy and Redis are. Of the environment only the default of `stateDir` is taken. */
export interface TargetOptions {
  /** `redis://` or `rediss://` URL of the limiter's Redis. */
  readonly redisUrl?: string;
  /** LiteLLM's cache namespace; left out: what the proxy tells. */
  readonly redisNamespace?: string;
  /** Address of the proxy, `http://host:4000`. */
  readonly baseUrl?: string;
  /** The admin's key. */
  readonly apiKey?: string;
  /** Limit of one admin call or Redis command, ms (default 10,000). */
  readonly timeoutMs?: number;
  /** LiteLLM's rate-limit window, ms, whole seconds (default 60,000). */
  readonly windowMs?: number;
  /** Folder for runs, backups and journals (default: that of the program, `$XDG_STATE_HOME/llmctl`). */
  readonly stateDir?: string;
  /** Ends the act early: it throws with `exit` 130. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Takes the lines that the program would write to stderr, without colour; secrets are taken out. */
  readonly onNote?: (line: string) => void;
}

/** What to look at, and what may be taken for evidence. */
export interface DiagnoseOptions extends TargetOptions {
  /** Only this key: hash, alias or Redis key. */
  readonly key?: string;
  /** Ids of checks, groups and repairs; left out: all. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Nothing runs on the keys now: what Redis shows was left behind. */
  readonly idle?: boolean;
  /** Slots older than this are dead, ms. */
  readonly olderThanMs?: number;
  /** How long to observe counters that look locked, ms (default 65,000). */
  readonly observeMs?: number;
  /** No call takes longer, ms (default 600,000). */
  readonly longestCallMs?: number;
  /** The limit of keys that the proxy does not tell of. */
  readonly limit?: number;
  /** Worker processes of all proxies on this Redis. */
  readonly workers?: number;
  /** Counters of every deployment in this Redis. */
  readonly allNamespaces?: boolean;
}

/** Nobody is asked: what is planned is done, so choose by `only`, `maxRepairs` or a `diagnose` before. */
export interface RepairOptions extends DiagnoseOptions {
  /** Most repairs to make (default: all). */
  readonly maxRepairs?: number;
  /** Repairs a second (default 200). */
  readonly perSecond?: number;
}

export interface UndoOptions extends TargetOptions {
  /** Name of the backup; left out: the newest. */
  readonly backup?: string;
}

export interface ProbeOptions extends TargetOptions {
  /** The key under test; null for a server that asks for none. */
  readonly key: string | null;
  /** Endpoint, by its name or path (default `chat`). */
  readonly endpoint?: string;
  readonly model?: string;
  /** The key's limit, where the server does not tell it. */
  readonly limit?: number;
  /** All calls of the plan; left out: as many as it takes. */
  readonly calls?: number;
  /** Calls at once in the burst; left out: one more than the limit. */
  readonly burst?: number;
  readonly stream?: boolean;
  /** Very many calls are meant: without it a plan that large throws. */
  readonly allowLarge?: boolean;
}

export interface ReadOptions extends TargetOptions {
  /** Only this key: hash, alias or Redis key. */
  readonly key?: string;
  /** Also the single slots. */
  readonly slots?: boolean;
}

/**
 * Examines a proxy and its Redis. Reads only. Returns the document `llmctl.doctor/1`; `repairs` are what `repair` would
 * do.
 */
export async function diagnose(options: DiagnoseOptions): Promise<DoctorDocument> {
  const { doctor } = await import("./doctor/command.js");
  return documentOf(options, (context) => doctor(context, doctorFlags(options)));
}

/**
 * Diagnoses, and frees what is proved to be left behind: backup first, each act compares before it writes. Returns the
 * document
 * `llmctl.doctor/1`; `backup` is the path of the backup, null when nothing was done. Throws with `exit` 5 where another
 * doctor repairs.
 */
export async function repair(options: RepairOptions): Promise<DoctorDocument> {
  const { doctor } = await import("./doctor/command.js");
  const { maxRepairs, perSecond } = options;
  const flags: TypedFlags = {
    ...{ ...doctorFlags(options), fix: true },
    ...(maxRepairs === undefined ? {} : { maxRepairs: `${maxRepairs}` }),
    ...(perSecond === undefined ? {} : { pace: `${perSecond}/s` }),
  };
  return documentOf(options, (context) => doctor(context, flags), { yes: true });
}

/** Puts back what a repair took away, where nothing has touched it since. Returns the document `llmctl.doctor/1`. */
export async function undo(options: UndoOptions): Promise<DoctorDocument> {
  const command = await import("./doctor/undo-command.js");
  return documentOf(options, (context) => command.undo(context, options.backup), { yes: true });
}

/** Sends calls with a key and judges the limiter that lets them through. Returns the document `llmctl.probe/1`. */
export async function runProbe(options: ProbeOptions): Promise<ProbeDocument> {
  const [{ probe }, { PROBE_DEFAULTS }] = await Promise.all([
    import("./probe/command.js"),
    import("./probe/options.js"),
  ]);
  const { key, endpoint, model, limit, calls, burst, stream, allowLarge = false } = options;
  const flags = {
    ...{ ...PROBE_DEFAULTS, ...(model === undefined ? {} : { model }), ...(stream ? { stream } : {}) },
    ...(key === null ? { key: false } : { keyFile: "-" }),
    ...(limit === undefined ? {} : { limit: `${limit}` }),
    ...(calls === undefined ? {} : { n: `${calls}` }),
    ...(burst === undefined ? {} : { c: `${burst}` }),
  };
  return documentOf(options, (context) => probe(context, endpoint, flags), { yes: allowLarge }, key ?? "");
}

/** Reads the limiter's keys as they are now. Returns the document `llmctl.dump/1`. */
export async function readCounters(options: ReadOptions): Promise<DumpDocument> {
  const { dump } = await import("./dump/command.js");
  return documentOf(options, (context) => dump(context, options.key, { slots: options.slots ?? false }));
}

function doctorFlags(options: DiagnoseOptions): TypedFlags {
  const { key, only, skip, idle, olderThanMs, observeMs, longestCallMs, limit, workers, allNamespaces } = options;
  const { baseUrl, redisUrl, redisNamespace } = options;
  if (only?.length === 0) {
    throw usageError({
      code: "no-check",
      message: "only is empty, which leaves nothing to do",
      hint: "leave it out for all",
    });
  }
  const given = {
    ...{ baseUrl, redisUrl, redisNamespace, key, idle, allNamespaces },
    ...{ only: only?.join(), skip: skip?.join(), limit: limit?.toString(), workers: workers?.toString() },
    ...{ olderThan: asTime(olderThanMs), observe: asTime(observeMs), longestCall: asTime(longestCallMs) },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const asTime = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : `${ms}ms`);

/** Runs a command without a terminal; its document is what a program prints, with secrets taken out. */
async function documentOf<Document>(
  options: TargetOptions,
  run: (context: Context) => Promise<CommandResult>,
  more: Partial<Settings> = {},
  stdin = "",
): Promise<Document> {
  const { onNote, clock = systemClock, signal = new AbortController().signal, windowMs } = options;
  const input = new PassThrough();
  input.end(stdin);
  const terminal = new Terminal({
    stdout: { write: () => true },
    stderr: { write: (text) => onNote?.(text.replace(/\n$/, "")) },
    stdin: input as unknown as NodeJS.ReadStream,
    env: {},
    input: false,
  });
  const env = windowMs === undefined ? {} : { LITELLM_RATE_LIMIT_WINDOW_SIZE: `${windowMs / 1000}` };
  terminal.secrets.learn(options.apiKey);
  const context = { settings: { ...settingsOf(options), ...more }, terminal, clock, env, signal };
  terminal.secrets.learn(context.settings.redis?.password);
  const result = await run(context);
  if (result.kind !== "document") throw new Error(`no document: ${result.kind}`);
  return JSON.parse(terminal.secrets.text(JSON.stringify(result.document))) as Document;
}

function settingsOf({ redisUrl, redisNamespace, baseUrl, apiKey, timeoutMs, ...rest }: TargetOptions): Settings {
  const redis = redisFrom({}, {}, redisUrl);
  return {
    ...(baseUrl === undefined ? {} : { baseUrl: baseUrl.replace(/\/+$/, "") }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(redis === undefined ? {} : { redis }),
    ...(redisNamespace ? { redisNamespace } : {}),
    timeoutMs: timeoutMs ?? 10_000,
    stateDir: rest.stateDir ?? stateDir(process.env),
    ...{ output: "json", quiet: false, yes: false, dryRun: false, input: false, debug: false },
  };
}
