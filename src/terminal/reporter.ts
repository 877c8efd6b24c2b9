import type { Text } from "./colour.js";
import type { Terminal } from "./terminal.js";

/**
 * Where an act tells what it does. An act never prints: a command passes its terminal, a library its logger, a test
 * nothing.
 */
export interface Reporter {
  /** What happens and what to do next. */
  note(line: Text): void;
  /** What must not be missed and may be met again and again. */
  warnOnce(line: string): void;
  /** What is being done just now; null when it is over. */
  progress(text: string | null): void;
  /** A secret that was met: no text may show it from now on. */
  learnSecret(secret: string | undefined): void;
}

/** Reports to stderr, through the redactor. */
export const terminalReporter = (terminal: Terminal): Reporter => ({
  note: (line) => terminal.note(line),
  warnOnce: (line) => terminal.warnOnce(line),
  progress: (text) => (text === null ? terminal.progress.clear() : terminal.progress.show(text)),
  learnSecret: (secret) => terminal.secrets.learn(secret),
});
