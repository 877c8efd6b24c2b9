import { execute } from "./cli/execute.js";
import { EXIT, errorCode } from "./errors.js";

/** The process: its streams and signals around `execute`. Returns the exit code. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<number> {
  const { stdout, stderr, stdin, env } = process;
  stdout.on("error", onOutputError);
  const interruption = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // A second Ctrl-C is a demand: leave at once.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(signal);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await execute(argv, { stdout, stderr, stdin }, env, interruption.signal);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/**
 * `llmctl … | head` closes the pipe early, which is no error of ours. A full disk is one, and leaves half a document.
 */
function onOutputError(error: Error): never {
  if (errorCode(error) === "EPIPE") process.exit(EXIT.done);
  process.stderr.write(`error: the output could not be written: ${error.message}\n`);
  process.exit(EXIT.unexpected);
}
