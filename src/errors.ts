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

/**
 * Every code of an error, with its exit code and what it means. Programs may rely on a code: it is never renamed and
 * never means two things.
 * docs/errors.md shows the same list.
 */
export const ERRORS = {
  "admin-key-under-test": { exit: EXIT.usage, meaning: "the key under test is the admin key" },
  "ambiguous-alias": { exit: EXIT.usage, meaning: "several keys have this alias" },
  "answer-missing": { exit: EXIT.usage, meaning: "a question needs an answer and there is no terminal" },
  "bad-api-key": { exit: EXIT.usage, meaning: "the admin key cannot stand in a header" },
  "bad-base-url": { exit: EXIT.usage, meaning: "--base-url is not an http or https address" },
  "bad-budget": { exit: EXIT.usage, meaning: "a budget is not an amount" },
  "bad-config": { exit: EXIT.usage, meaning: "a configuration file of llmctl is not valid" },
  "bad-duration": { exit: EXIT.usage, meaning: "a time is not a number with a unit, or out of range" },
  "bad-every": { exit: EXIT.usage, meaning: "--every is out of range" },
  "bad-litellm-config": { exit: EXIT.usage, meaning: "LiteLLM's config.yaml is not valid" },
  "bad-metadata": { exit: EXIT.usage, meaning: "metadata is not a JSON object" },
  "bad-models": { exit: EXIT.usage, meaning: "the list of models is not valid" },
  "bad-number": { exit: EXIT.usage, meaning: "a number is not valid or out of range" },
  "bad-output": { exit: EXIT.usage, meaning: "the output format is unknown or does not fit the command" },
  "bad-port": { exit: EXIT.usage, meaning: "a port is out of range" },
  "bad-rate": { exit: EXIT.usage, meaning: "a rate is not calls per second" },
  "bad-redis-db": { exit: EXIT.usage, meaning: "the Redis database is not a number" },
  "bad-redis-nodes": { exit: EXIT.usage, meaning: "the list of Redis nodes is not valid" },
  "bad-redis-port": { exit: EXIT.usage, meaning: "the Redis port is out of range" },
  "bad-redis-tls": { exit: EXIT.usage, meaning: "a TLS setting of Redis is not valid" },
  "bad-redis-url": { exit: EXIT.usage, meaning: "the Redis URL is not valid" },
  "bad-secret": { exit: EXIT.usage, meaning: "a file or input holds no single key" },
  "bad-share": { exit: EXIT.usage, meaning: "a share is not a percentage" },
  "bad-version": { exit: EXIT.usage, meaning: "a version is not a LiteLLM release" },
  "bad-window": { exit: EXIT.usage, meaning: "a window is not whole seconds" },
  "bad-write": { exit: EXIT.usage, meaning: "--write names no known file type" },
  "breaker-open": { exit: EXIT.unreachable, meaning: "the proxy's circuit breaker for Redis is open" },
  "call-failed": { exit: EXIT.unreachable, meaning: "a test call failed" },
  "calls-fail": { exit: EXIT.unreachable, meaning: "the calls that clear worker caches fail" },
  "cannot-merge": { exit: EXIT.usage, meaning: "the runs cannot be merged" },
  "cannot-write": { exit: EXIT.usage, meaning: "a file cannot be written" },
  contradiction: { exit: EXIT.usage, meaning: "two flags can't be used together" },
  "distrusted-journal": { exit: EXIT.usage, meaning: "a journal can be written by others" },
  "distrusted-run": { exit: EXIT.usage, meaning: "a run file can be written by others" },
  "doctor-busy": { exit: EXIT.unreachable, meaning: "another doctor holds the lock" },
  "doctor-lock": { exit: EXIT.unreachable, meaning: "the lock cannot be taken" },
  "empty-matrix": { exit: EXIT.usage, meaning: "--only and --skip leave no cell" },
  "empty-secret": { exit: EXIT.usage, meaning: "a file or input holds nothing" },
  "empty-value": { exit: EXIT.usage, meaning: "a value is empty" },
  "idle-watch": { exit: EXIT.usage, meaning: "--idle does not fit a watch" },
  interrupted: { exit: EXIT.interrupted, meaning: "Ctrl-C or SIGTERM ended the command" },
  "jobs-need-keys": { exit: EXIT.usage, meaning: "--jobs needs one key per job" },
  "key-refused": { exit: EXIT.denied, meaning: "the proxy refuses the key" },
  "large-plan": { exit: EXIT.usage, meaning: "the plan is large and needs --yes" },
  "limit-left-raised": { exit: EXIT.unreachable, meaning: "a raised limit could not be restored" },
  "lock-lost": { exit: EXIT.unreachable, meaning: "the lock was lost during the work" },
  "many-runs": { exit: EXIT.usage, meaning: "a prefix names several runs" },
  "metrics-host": { exit: EXIT.usage, meaning: "the metrics server cannot listen on this host" },
  "metrics-port": { exit: EXIT.usage, meaning: "the metrics server cannot listen on this port" },
  minute: { exit: EXIT.usage, meaning: "a per-minute counter cannot be repaired this way" },
  "model-not-found": { exit: EXIT.usage, meaning: "the proxy has no such model" },
  "no-api-key": { exit: EXIT.usage, meaning: "no admin key was given" },
  "no-backup": { exit: EXIT.usage, meaning: "there is no backup, or it cannot be written" },
  "no-base-url": { exit: EXIT.usage, meaning: "no proxy was named" },
  "no-cache": { exit: EXIT.unreachable, meaning: "the proxy has no cache" },
  "no-check": { exit: EXIT.usage, meaning: "--only and --skip leave no check" },
  "no-copies": { exit: EXIT.usage, meaning: "no worker cache can be stale" },
  "no-database": { exit: EXIT.unreachable, meaning: "the proxy has no database" },
  "no-evidence": { exit: EXIT.usage, meaning: "nothing proves that a slot was left behind" },
  "no-fix": { exit: EXIT.usage, meaning: "the flag needs --fix" },
  "no-key": { exit: EXIT.usage, meaning: "no key was named" },
  "no-limit": { exit: EXIT.usage, meaning: "the key has no limit" },
  "no-metrics-port": { exit: EXIT.usage, meaning: "--metrics-host needs --metrics-port" },
  "no-model": { exit: EXIT.usage, meaning: "no model was named and none can be chosen" },
  "no-redis": { exit: EXIT.usage, meaning: "no Redis was named" },
  "no-redis-service": { exit: EXIT.usage, meaning: "Sentinel needs the name of the service" },
  "no-release": { exit: EXIT.unreachable, meaning: "the proxy does not report its release" },
  "no-run": { exit: EXIT.usage, meaning: "there is no such run" },
  "no-such-bug": { exit: EXIT.usage, meaning: "the lab does not know this bug" },
  "no-such-endpoint": { exit: EXIT.unreachable, meaning: "the server has no such endpoint" },
  "no-such-release": { exit: EXIT.usage, meaning: "the lab does not know this release" },
  "no-undo": { exit: EXIT.usage, meaning: "this Redis cannot undo a repair" },
  "no-watch": { exit: EXIT.usage, meaning: "the flag needs a watch" },
  "no-workers": { exit: EXIT.usage, meaning: "the number of workers is missing" },
  "not-a-key": { exit: EXIT.usage, meaning: "what was named is not a virtual key" },
  "not-allowed": { exit: EXIT.denied, meaning: "the key may not do this" },
  "not-known": { exit: EXIT.usage, meaning: "the proxy does not know the key" },
  "not-litellm": { exit: EXIT.unreachable, meaning: "the server does not answer as LiteLLM does" },
  "nothing-named": { exit: EXIT.usage, meaning: "neither a proxy nor a Redis was named" },
  "nothing-to-change": { exit: EXIT.usage, meaning: "no change was named" },
  "one-run": { exit: EXIT.usage, meaning: "the command takes one run" },
  "other-key": { exit: EXIT.unreachable, meaning: "the proxy answered with another key" },
  "other-limit": { exit: EXIT.unreachable, meaning: "another limit than max_parallel_requests refuses the calls" },
  "other-redis": { exit: EXIT.usage, meaning: "this Redis is not the limiter's" },
  "page-on-terminal": { exit: EXIT.usage, meaning: "a page is not printed on a terminal" },
  "port-in-use": { exit: EXIT.unreachable, meaning: "the port is in use" },
  "proxy-error": { exit: EXIT.unreachable, meaning: "the proxy answered with an error" },
  "proxy-unreachable": { exit: EXIT.unreachable, meaning: "the proxy did not answer" },
  "redis-auth": { exit: EXIT.denied, meaning: "Redis refuses the login" },
  "redis-cluster-down": { exit: EXIT.unreachable, meaning: "the cluster cannot serve all slots" },
  "redis-cluster-moving": { exit: EXIT.unreachable, meaning: "the cluster keeps moving slots" },
  "redis-db": { exit: EXIT.unreachable, meaning: "Redis has no such database" },
  "redis-no-cluster": { exit: EXIT.usage, meaning: "the server is not a Cluster" },
  "redis-permission": { exit: EXIT.denied, meaning: "the Redis user lacks a right" },
  "redis-sentinel": { exit: EXIT.usage, meaning: "the Sentinels do not know the service" },
  "redis-service": { exit: EXIT.unreachable, meaning: "the Sentinels know no such service" },
  "redis-tls-client": { exit: EXIT.denied, meaning: "Redis refuses the client certificate" },
  "redis-tls-files": { exit: EXIT.usage, meaning: "a certificate or key file cannot be used" },
  "redis-tls-off": { exit: EXIT.usage, meaning: "TLS settings were given for a connection without TLS" },
  "redis-tls-server": { exit: EXIT.unreachable, meaning: "the server's certificate is not trusted" },
  "redis-unreachable": { exit: EXIT.unreachable, meaning: "Redis did not answer" },
  "refused-request": { exit: EXIT.usage, meaning: "the proxy refuses the request" },
  "run-elsewhere": { exit: EXIT.usage, meaning: "the run was recorded on another Redis" },
  "run-key-unknown": { exit: EXIT.usage, meaning: "the run does not say which key it used" },
  "run-of-another-key": { exit: EXIT.usage, meaning: "the run used another key" },
  "run-proves-nothing": { exit: EXIT.usage, meaning: "the run proves nothing left behind" },
  "run-unwritable": { exit: EXIT.usage, meaning: "the run cannot be recorded" },
  "secret-as-argument": { exit: EXIT.usage, meaning: "a key was given as an argument" },
  slots: { exit: EXIT.usage, meaning: "slots cannot be repaired through the proxy" },
  "two-evidences": { exit: EXIT.usage, meaning: "--from-run is the only evidence" },
  "two-keys": { exit: EXIT.usage, meaning: "two keys were named" },
  "undo-denied": { exit: EXIT.denied, meaning: "this Redis user may not undo a repair" },
  "unknown-backup": { exit: EXIT.usage, meaning: "there is no such backup" },
  "unknown-cell": { exit: EXIT.usage, meaning: "--only or --skip names no cell" },
  "unknown-check": { exit: EXIT.usage, meaning: "--only or --skip names no check" },
  "unknown-endpoint": { exit: EXIT.usage, meaning: "the probe knows no such endpoint" },
  "unknown-key": { exit: EXIT.usage, meaning: "the key was not found" },
  "unknown-release": { exit: EXIT.usage, meaning: "the repair needs to know the proxy's release" },
  "unreadable-file": { exit: EXIT.usage, meaning: "a file cannot be read" },
  "unwritable-file": { exit: EXIT.usage, meaning: "a file cannot be written" },
  usage: { exit: EXIT.usage, meaning: "the command line is not valid" },
  "watch-needs-yes": { exit: EXIT.usage, meaning: "an unattended repair needs --yes" },
  "wrong-type": { exit: EXIT.usage, meaning: "the counter has the type of another release" },
} as const satisfies Record<string, { readonly exit: ExitCode; readonly meaning: string }>;

/** The closed list of codes. */
export type ErrorCode = keyof typeof ERRORS;

/** The codes that end the program with this exit code. */
type CodeOf<X extends ExitCode> = { [C in ErrorCode]: (typeof ERRORS)[C]["exit"] extends X ? C : never }[ErrorCode];

interface ErrorParts<C extends ErrorCode = ErrorCode> {
  readonly code: C;
  /** What was tried and what came back, one line. */
  readonly message: string;
  /** The next thing to type. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error whose message is for the user. Anything else that is thrown is a defect and ends with exit 1. */
export class LlmctlError extends Error {
  override readonly name = "LlmctlError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exit: ExitCode;

  constructor({ code, message, hint, cause }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.exit = ERRORS[code].exit;
  }
}

/** The words typed, the environment or a file are wrong: exit 2. */
export const usageError = (parts: ErrorParts<CodeOf<typeof EXIT.usage>>) => new LlmctlError(parts);
/** The proxy or Redis refuses the login or a right: exit 4. */
export const deniedError = (parts: ErrorParts<CodeOf<typeof EXIT.denied>>) => new LlmctlError(parts);
/** Nothing answered, or too late, or something else than was expected: exit 5. */
export const unreachableError = (parts: ErrorParts<CodeOf<typeof EXIT.unreachable>>) => new LlmctlError(parts);

/** Ctrl-C or SIGTERM: exit 130. `kept` says what was saved and what was left. */
export const interruptedError = (kept: string) =>
  new LlmctlError({ code: "interrupted", message: `interrupted: ${kept}` });

/**
 * The code of an error: `ENOENT` of Node, `no-run` of a LlmctlError. Undefined for one that has none, and for what is
 * no error.
 */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Whether a call to the operating system failed, such as a write to a full disk; false for a defect of ours. */
export const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && error.syscall !== undefined;
