import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Context } from "../../src/config/context.js";
import type { Settings } from "../../src/config/settings.js";
import { Terminal } from "../../src/terminal/terminal.js";
import { surroundings } from "./keys-session.js";

/** A terminal with somebody at it, who answers questions as they come. */
export interface TerminalSession {
  readonly context: Context;
  /** Everything that was on the screen, without escape codes. */
  screen(): string;
  /** What a signal such as SIGTERM does. */
  interrupt(): void;
}

/** `answers`: a part of each question, and what is typed when it is asked, text with `\r` for Enter, or done. */
export function openTerminal(
  settings: Partial<Settings>,
  answers: readonly (readonly [question: string, typed: string | (() => void)])[],
): TerminalSession {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  const waiting = [...answers];
  let shown = "";
  let since = "";
  const stderr = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk);
        since += String(chunk);
        const [question, typed] = waiting[0] ?? [];
        if (question !== undefined && typed !== undefined && since.includes(question)) {
          waiting.shift();
          since = "";
          setImmediate(() => (typeof typed === "function" ? typed() : stdin.write(typed)));
        }
        done();
      },
    }),
    // Like process.stderr, which no pipe can end.
    { isTTY: true, columns: 100, end: () => undefined },
  );
  const terminal = new Terminal({
    stdout: { write: () => true, isTTY: true, columns: 100 },
    stderr,
    stdin: stdin as unknown as NodeJS.ReadStream,
    env: { TERM: "xterm" },
  });
  const interruption = new AbortController();
  return {
    context: { ...surroundings(settings), terminal, signal: interruption.signal },
    screen: () => stripVTControlCharacters(shown),
    interrupt: () => interruption.abort("SIGTERM"),
  };
}
