import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { systemClock } from "../../src/config/clock.js";
import type { Context } from "../../src/config/context.js";
import { parseRedisUrl } from "../../src/config/redis-url.js";
import type { Settings } from "../../src/config/settings.js";
import { notConfigured } from "../../src/diagnose/lookup.js";
import { parseSelection } from "../../src/diagnose/selection.js";
import { doctor, undo } from "../../src/doctor/command.js";
import { readOptions } from "../../src/doctor/options.js";
import type { TypedFlags } from "../../src/doctor/suggestions.js";
import { type PrivateRedis, startRedis } from "../../src/lab/redis.js";
import { parallelKey } from "../../src/litellm/key-name.js";
import { ownerOfSecret } from "../../src/litellm/owner.js";
import { type DoctorDocument, doctorDocument } from "../../src/output/documents/doctor.js";
import { connectRedis, type RedisConnection } from "../../src/redis/connect.js";
import { repairHistory } from "../../src/repair/history.js";
import { terminalReporter } from "../../src/terminal/reporter.js";
import { Terminal } from "../../src/terminal/terminal.js";
import { documentResult } from "./document-result.js";

export interface DoctorResult {
  readonly document: DoctorDocument;
  readonly exit: number;
  readonly stderr: string;
}

/** A Redis, a state folder, and doctor and undo to be run on them as a person would, without a terminal. */
export interface ServerFixture {
  readonly server: PrivateRedis;
  readonly redis: RedisConnection;
  readonly stateDir: string;
  context(settings?: Partial<Settings>, env?: NodeJS.ProcessEnv, signal?: AbortSignal): Context & { said(): string };
  doctor(flags?: TypedFlags, settings?: Partial<Settings>, env?: NodeJS.ProcessEnv): Promise<DoctorResult>;
  undo(id?: string, settings?: Partial<Settings>): Promise<DoctorResult>;
  close(): Promise<void>;
}

export const hash = ownerOfSecret("sk-patient-of-the-doctor");
export const counter = parallelKey(hash);
/** LiteLLM's window, made short for tests. */
const SHORT_WINDOW = { LITELLM_RATE_LIMIT_WINDOW_SIZE: "1" };
/** A whole one of it, and more than the longest call. */
export const WATCH = "1100ms";
/** What the operator of these tests says: so an observation of a window proves a lock. */
export const LONGEST_CALL = "1s";
/** The window as it is: longer than any test watches. */
export const REAL_WINDOW = {};

export async function openServerFixture(): Promise<ServerFixture> {
  const server = await startRedis();
  const redis = await connectRedis(parseRedisUrl(server.url, "url"), { timeoutMs: 5000 });
  const stateDir = await mkdtemp(join(tmpdir(), "llmctl-doctor-"));
  const context: ServerFixture["context"] = (settings = {}, env = {}, signal = new AbortController().signal) => {
    let said = "";
    const input = new PassThrough();
    input.end("");
    const terminal = new Terminal({
      stdout: { write: () => true },
      stderr: { write: (text: string) => (said += text) },
      stdin: input as unknown as NodeJS.ReadStream,
      env,
    });
    const all: Settings = {
      redis: parseRedisUrl(server.url, "url"),
      timeoutMs: 5000,
      output: "json",
      quiet: false,
      yes: false,
      dryRun: false,
      input: true,
      debug: false,
      stateDir,
      ...settings,
    };
    return { settings: all, terminal, clock: systemClock, env, signal, said: () => said };
  };
  const visit = async (here: Context & { said(): string }, work: ReturnType<typeof doctor>): Promise<DoctorResult> => {
    const { document, exit } = await documentResult(work);
    return { document: doctorDocument.parse(document), exit, stderr: here.said() };
  };
  return {
    server,
    redis,
    stateDir,
    context,
    doctor(flags = {}, settings = {}, env = SHORT_WINDOW) {
      const here = context(settings, env);
      const whole = env === SHORT_WINDOW && flags.observe === undefined;
      const said = { observe: WATCH, ...(whole ? { longestCall: LONGEST_CALL } : {}) };
      return visit(here, doctor(here, { ...said, ...flags }));
    },
    undo(id, settings = {}) {
      const here = context({ yes: true, ...settings });
      return visit(here, undo(here, id));
    },
    async close() {
      await redis.close();
      await server.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** What a repair works with in a test that gives it a lock of its own: a plan by --idle and such words, no proxy. */
export async function repairInput(fixture: ServerFixture, flags: TypedFlags, signal?: AbortSignal) {
  const context = fixture.context({ yes: true }, {}, signal);
  const none = notConfigured("not asked");
  const told = { proxy: none, keyDirectory: none, cache: none, coordination: none, backlog: none };
  return {
    ...{ settings: context.settings, clock: context.clock, signal: context.signal, redis: fixture.redis },
    ...{ report: terminalReporter(context.terminal), history: repairHistory(context) },
    options: await readOptions(context, { runs: false, ...flags }),
    selection: parseSelection([]),
    askProxy: async () => told,
  };
}

export const fixing = { fix: true } as const;
export const yes = { yes: true } as const;

/** The one check that a test is about. */
export function checkOf({ document }: DoctorResult, id: string) {
  const found = document.checks.find((check) => check.id === id);
  if (!found) throw new Error(`no check ${id} in ${document.checks.map((check) => check.id)}`);
  return found;
}

/** A member of a sorted set as LiteLLM names it: 32 hex. */
export const member = (n: number): string => n.toString(16).padStart(32, "0");
