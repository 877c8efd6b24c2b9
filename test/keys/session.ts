import { PassThrough } from "node:stream";
import { systemClock } from "../../src/config/clock.js";
import type { Context } from "../../src/config/context.js";
import type { Settings } from "../../src/config/settings.js";
import { LlmctlError } from "../../src/errors.js";
import { Terminal } from "../../src/terminal/streams.js";

/** A command's surroundings without a terminal, and what it said on stderr. */
export interface Session {
  readonly context: Context;
  stderr(): string;
}

export function session(settings: Partial<Settings> = {}, { stdin = "", quiet = false } = {}): Session {
  let said = "";
  const sink = { write: (text: string) => (said += text) };
  const input = new PassThrough();
  input.end(stdin);
  const terminal = new Terminal({
    stdout: { write: () => true },
    stderr: sink,
    stdin: input as unknown as NodeJS.ReadStream,
    env: {},
    quiet,
  });
  const context: Context = {
    settings: {
      apiKey: "sk-master",
      timeoutMs: 5000,
      output: "table",
      quiet,
      yes: false,
      dryRun: false,
      input: true,
      debug: false,
      stateDir: "/nonexistent",
      ...settings,
    },
    terminal,
    clock: systemClock,
    env: {},
    signal: new AbortController().signal,
  };
  return { context, stderr: () => said };
}

/** The error that a command ends with. Fails when it ends well, or with a defect. */
export async function errorOf(work: Promise<unknown>): Promise<LlmctlError> {
  const end = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (end instanceof LlmctlError) return end;
  throw new Error(end === undefined ? "expected an error" : `not an error for people: ${String(end)}`, { cause: end });
}
