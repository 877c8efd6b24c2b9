/** The program's exit codes; README and `--help` list the same. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  finding: 3,
  denied: 4,
  unreachable: 5,
  unverified: 6,
  inconclusive: 7,
  interrupted: 130,
} as const;

/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, for `--help`. */
export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: "done, healthy",
  unexpected: "unexpected error",
  usage: "usage or configuration",
  finding: "finding: a leak, a failed check, a dry run that would change something",
  denied: "authentication or permission",
  unreachable: "unreachable or timed out",
  unverified: "repaired, but verification failed",
  inconclusive: "inconclusive",
  interrupted: "interrupted",
};

interface ErrorParts {
  /** Short and stable, for programs: `redis-unreachable`. */
  code: string;
  /** What was tried and what came back, in one line. */
  message: string;
  /** The next thing to type. */
  hint?: string;
  exit: ExitCode;
  cause?: unknown;
}

/** An error whose message is for the user. Any other error is a bug and ends with exit 1. */
export class LlmctlError extends Error {
  override readonly name = "LlmctlError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly exit: ExitCode;

  constructor({ code, message, hint, exit, cause }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.exit = exit;
  }
}

const make = (exit: ExitCode) => (code: string, message: string, hint?: string, cause?: unknown) =>
  new LlmctlError({
    code,
    message,
    exit,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });

/** Invalid arguments, environment or files: exit 2. */
export const usageError = make(EXIT.usage);
/** Authentication or permission failed: exit 4. */
export const deniedError = make(EXIT.denied);
/** No answer, too late, or not the expected server: exit 5. */
export const unreachableError = make(EXIT.unreachable);

/** Ctrl-C or SIGTERM: exit 130. `kept` describes what was saved and what was left. */
export const interruptedError = (kept: string) =>
  new LlmctlError({ code: "interrupted", message: `interrupted: ${kept}`, exit: EXIT.interrupted });

/** The code of an error: `ENOENT` of Node, `no-run` of a LlmctlError. Undefined for one that has none, and for what is no error. */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Whether a call to the operating system failed, such as a write to a full disk; false for a defect of ours. */
export const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && error.syscall !== undefined;
