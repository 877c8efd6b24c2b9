import { PassThrough } from "node:stream";
import { systemClock } from "../../src/config/clock.js";
import type { Context } from "../../src/config/context.js";
import type { Settings } from "../../src/config/settings.js";
import { LlmctlError } from "../../src/errors.js";
import { Terminal } from "../../src/terminal/terminal.js";

/** A command's surroundings, and what it said on stderr. */
export interface Session {
  readonly context: Context;
  stderr(): string;
  /** Ctrl-C. */
  interrupt(): void;
}

export interface Surroundings {
  /** What stdin holds. */
  stdin?: string;
  quiet?: boolean;
}

export function session(settings: Partial<Settings> = {}, { stdin = "", quiet = false }: Surroundings = {}): Session {
  let said = "";
  const input = new PassThrough();
  input.end(stdin);
  const terminal = new Terminal({
    stdout: { write: () => true },
    stderr: { write: (text: string) => (said += text) },
    stdin: input as unknown as NodeJS.ReadStream,
    env: {},
    quiet,
  });
  const interruption = new AbortController();
  const context: Context = { ...surroundings(settings), terminal, signal: interruption.signal };
  return { context, stderr: () => said, interrupt: () => interruption.abort("SIGINT") };
}

/** Everything of a context but its terminal. */
export const surroundings = (settings: Partial<Settings>): Omit<Context, "terminal"> => ({
  settings: {
    apiKey: "sk-master-of-a-test-01",
    timeoutMs: 5000,
    output: "table",
    quiet: false,
    yes: false,
    dryRun: false,
    input: true,
    debug: false,
    stateDir: "/nonexistent",
    ...settings,
  },
  clock: systemClock,
  env: {},
  signal: new AbortController().signal,
});

/** The error that a command ends with. Fails when it ends well, or with a defect. */
export async function errorOf(work: Promise<unknown>): Promise<LlmctlError> {
  const end = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (end instanceof LlmctlError) return end;
  throw new Error(end === undefined ? "expected an error" : `not an error for people: ${String(end)}`, { cause: end });
}
